import { hash } from 'node:crypto';
import { z } from 'zod';
import { milliseconds } from '../milliseconds.ts';
import type { SharedStore } from '../redis/shared-store.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Entry } from './memory-cache.ts';

/** Bytes of an entry, at most. A larger one is neither stored nor read, so that nobody's waits behind it. */
export const maxEntryBytes = 256 * 1024;

/** By how much the clocks of replicas may differ, in milliseconds, before an entry counts as made in the future. */
const clockSkewMs = 5_000;

/** What a {@link RedisCache} is made of. */
export interface RedisCacheParts<V extends object> {
  readonly store: SharedStore;
  /** What a value must look like; one that does not, such as another version's, counts as absent. */
  readonly schema: z.ZodType<V>;
  /** When an entry is removed, counted from its creation. */
  readonly staleSeconds: number;
  readonly metrics: Pick<Metrics, 'cache_hits_total' | 'cache_misses_total'>;
}

/**
 * Entries that replicas share. Nothing that stands in Redis is believed: an entry holds its whole key, so that neither
 * a collision nor a foreign write answers for another tenant, and one that is broken, too old or from the future counts
 * as absent.
 */
export class RedisCache<V extends object> {
  readonly #store: SharedStore;
  readonly #schema: z.ZodType<{ key: string } & Entry<V>>;
  readonly #staleMs: number;
  readonly #hits;
  readonly #misses;

  constructor({ store, schema, staleSeconds, metrics }: RedisCacheParts<V>) {
    this.#store = store;
    this.#schema = z.object({ key: z.string(), createdAt: z.int(), value: schema });
    this.#staleMs = milliseconds(staleSeconds);
    this.#hits = metrics.cache_hits_total.labels({ cache: 'redis' });
    this.#misses = metrics.cache_misses_total.labels({ cache: 'redis' });
  }

  /** The entry, unless there is none that can be used, or Redis is away. Never fails. Counts as a look-up. */
  async get(key: string): Promise<Entry<V> | undefined> {
    const entry = await this.peek(key);
    (entry ? this.#hits : this.#misses).inc();
    return entry;
  }

  /** As {@link get}, but not counted: for who has an entry, and asks for a newer one. */
  async peek(key: string): Promise<Entry<V> | undefined> {
    try {
      // A part of it, since a foreign value may be of any size; one that is cut off cannot be parsed.
      const text = await this.#store.run((redis) => redis.getrange(nameOf(key), 0, maxEntryBytes - 1));
      if (text === '') return undefined;
      const entry = this.#schema.parse(JSON.parse(text));
      const age = Date.now() - entry.createdAt;
      return entry.key === key && age <= this.#staleMs && age >= -clockSkewMs ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Stores an entry until it is removed, unless it is larger than {@link maxEntryBytes}.
   *
   * @throws {SharedStoreAwayError} when Redis did not take it.
   */
  async set(key: string, { value, createdAt }: Entry<V>): Promise<void> {
    const text = JSON.stringify({ key, createdAt, value });
    const remainingMs = createdAt + this.#staleMs - Date.now();
    if (remainingMs <= 0 || Buffer.byteLength(text) > maxEntryBytes) return;
    await this.#store.run((redis) => redis.set(nameOf(key), text, 'PX', remainingMs));
  }

  /**
   * Whether Redis holds anything under the key, usable or not.
   *
   * @throws {SharedStoreAwayError} when Redis did not say.
   */
  async holds(key: string): Promise<boolean> {
    return (await this.#store.run((redis) => redis.exists(nameOf(key)))) > 0;
  }

  /**
   * Forgets an entry before its time.
   *
   * @throws {SharedStoreAwayError} when Redis did not say that it has.
   */
  async remove(key: string): Promise<void> {
    await this.#store.run((redis) => redis.del(nameOf(key)));
  }
}

/** What an entry is called in Redis; the number changes when what is stored does. */
function nameOf(key: string): string {
  return `ballast:answer:1:${hash('sha256', key)}`;
}
