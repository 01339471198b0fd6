import type { CacheStatistics, Entry, MemoryCache } from './memory-cache.ts';
import type { RedisCache } from './redis-cache.ts';

/** Writes of answers to Redis at once, at most; with 256 KiB each they hold 8 MiB. Those beyond stay in memory alone. */
const maxWrites = 32;

/** What is asked of Redis. */
type SharedTier<V extends object> = Pick<RedisCache<V>, 'get' | 'peek' | 'set'>;

/** A stored answer. */
export interface StoredAnswer<V> {
  readonly answer: V;
  /** Whether it is still new enough to be given without a second thought. */
  readonly fresh: boolean;
}

/** Stored answers in two tiers: this process's memory, then Redis, where there is one. Redis costs its deadline at most. */
export class AnswerCache<V extends object> {
  readonly #memory: MemoryCache<V>;
  readonly #redis: SharedTier<V> | undefined;
  /** Those that wait for Redis now, by key: who asks for the same waits for the same. */
  readonly #lookUps = new Map<string, Promise<Entry<V> | undefined>>();
  #writes = 0;

  /** @param redis absent where answers are not shared. */
  constructor(memory: MemoryCache<V>, redis: SharedTier<V> | undefined) {
    this.#memory = memory;
    this.#redis = redis;
  }

  /**
   * The newest answer that is known, fresh or stale. Never fails. A fresh one in memory asks nobody; in place of none or
   * of a stale one, another replica may have a newer.
   */
  async find(key: string): Promise<StoredAnswer<V> | undefined> {
    let entry = this.#memory.get(key);
    if (this.#redis && !entry?.fresh) {
      const known = entry;
      const found = await this.#lookUp(this.#redis, key, known !== undefined);
      if (found && (!known || found.createdAt > known.createdAt)) {
        entry = { ...found, fresh: this.#memory.isFresh(found.createdAt) };
      }
    }
    return entry && { answer: entry.value, fresh: entry.fresh };
  }

  /** Stores an answer made now: in memory at once, in Redis in the background. Never fails. */
  store(key: string, answer: V): void {
    const entry = { value: answer, createdAt: Date.now() };
    if (this.#writes >= maxWrites) {
      this.#memory.set(key, entry.value, entry.createdAt);
      return;
    }
    this.#writes += 1;
    // When Redis is away, the answer is in memory.
    void this.put(key, entry)
      .catch(() => undefined)
      .finally(() => (this.#writes -= 1));
  }

  /**
   * Stores an answer with the age that it has: in memory at once, then in Redis.
   *
   * @throws {SharedStoreAwayError} when Redis did not take it.
   */
  async put(key: string, entry: Entry<V>): Promise<void> {
    this.#memory.set(key, entry.value, entry.createdAt);
    await this.#redis?.set(key, entry);
  }

  /** Of the memory. */
  statistics(): CacheStatistics {
    return this.#memory.statistics();
  }

  /** Stops the sweep, and forgets what is in memory. */
  close(): void {
    this.#memory.close();
  }

  /**
   * Asks Redis, and puts what it has into memory, with the age that it has. Where memory has a stale entry, that was a hit
   * already, and one question would count as two look-ups.
   */
  #lookUp(redis: SharedTier<V>, key: string, inMemory: boolean): Promise<Entry<V> | undefined> {
    const running = this.#lookUps.get(key);
    if (running) return running;
    const lookUp = (inMemory ? redis.peek(key) : redis.get(key)).then((found) => {
      this.#lookUps.delete(key);
      if (found) this.#memory.set(key, found.value, found.createdAt);
      return found;
    });
    this.#lookUps.set(key, lookUp);
    return lookUp;
  }
}
