import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { PlaceFinding } from '../contract/self-test-schemas.ts';
import { sleep } from '../resilience/backoff.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { Entry, MemoryCache } from './memory-cache.ts';
import type { RedisCache } from './redis-cache.ts';

type Step = PlaceFinding['steps'][number]['step'];
type Sight = PlaceFinding['steps'][number]['saw'];

/** The steps of the test, in order, and what may be seen after each. */
const expected: Readonly<Record<Step, readonly Sight[]>> = {
  /** Just stored, with the rest of its freshness before it. */
  stored: ['fresh'],
  /** The rest of its freshness is over. */
  aged: ['stale', 'absent'],
  /** Another one, just stored, with the rest of its life before it. */
  kept: ['fresh', 'stale'],
  /** The rest of its life is over. */
  removed: ['absent'],
  /** Made anew. */
  regenerated: ['fresh'],
};

/** What the test works with. */
export interface CacheSelfTestParts<V extends object> {
  readonly cache: AnswerCache<V>;
  /** The tiers of the cache. */
  readonly memory: MemoryCache<V>;
  readonly redis: RedisCache<V> | undefined;
  /** A value that may be stored, and differs from others by the text. */
  readonly sample: (text: string) => V;
}

/** What an entry has left when the test stores it, at most: the configured time may be shorter. */
const restMs = 1_000;

/** How long after its time an entry is looked for. */
const marginMs = 50;

/**
 * Sees entries of the running cache expire, in each tier and as a question finds them. It does not wait for the
 * configured times: an entry is stored with the age at which only a second of its time is left. So it goes through the
 * same code, lifetimes and Redis as every other answer, in two seconds.
 */
export class CacheSelfTest<V extends object> {
  readonly #parts: CacheSelfTestParts<V>;
  readonly #places: Readonly<Record<string, (key: string, stored: V) => Promise<Sight>>>;
  #running = false;

  constructor(parts: CacheSelfTestParts<V>) {
    this.#parts = parts;
    const { cache, memory, redis } = parts;
    this.#places = {
      memory: async (key, stored) => this.#sightOf(memory.get(key), stored),
      ...(redis && { redis: (key: string, stored: V) => this.#sightInRedis(redis, key, stored) }),
      question: async (key, stored) => {
        const found = await cache.find(key);
        return found ? sight(found.answer, stored, found.fresh) : 'absent';
      },
    };
  }

  /** Whether a test runs now. Two at once would cost twice, and say nothing more. */
  get running(): boolean {
    return this.#running;
  }

  /**
   * Runs the test; its entries are removed at the end, however it ends.
   *
   * @returns what was seen, by place: `memory`, `redis` where there is one, and `question`, which looks in both.
   * @throws the signal's reason when it aborts.
   */
  async run(signal: AbortSignal): Promise<Record<string, PlaceFinding>> {
    this.#running = true;
    const { cache, memory, redis, sample } = this.#parts;
    const { freshMs, staleMs } = memory.lifetimes;
    const [first, second] = [`self-test:${randomUUID()}`, `self-test:${randomUUID()}`] as const;
    const seen: Record<string, PlaceFinding['steps'][number][]> = {};
    const look = async (step: Step, key: string, stored: V, begin: number) => {
      for (const [place, sightOf] of Object.entries(this.#places)) {
        const saw = await sightOf(key, stored);
        (seen[place] ??= []).push({ step, saw, after_ms: Math.round(performance.now() - begin) });
      }
    };
    const store = async (key: string, ageMs: number) => {
      const value = sample(randomUUID());
      // What did not reach Redis is not seen there.
      await cache.put(key, { value, createdAt: Date.now() - ageMs }).catch(() => undefined);
      return value;
    };
    const outlive = async (key: string, lifetimeMs: number, before: Step, after: Step) => {
      const rest = Math.min(restMs, lifetimeMs);
      const begin = performance.now();
      const value = await store(key, lifetimeMs - rest);
      await look(before, key, value, begin);
      await sleep(rest + marginMs, signal);
      await look(after, key, value, begin);
    };
    try {
      await outlive(first, freshMs, 'stored', 'aged');
      memory.remove(first);
      await outlive(second, staleMs, 'kept', 'removed');
      const begin = performance.now();
      await look('regenerated', second, await store(second, 0), begin);
      return Object.fromEntries(Object.entries(seen).map(([place, sights]) => [place, findingOf(sights)]));
    } finally {
      for (const key of [first, second]) {
        memory.remove(key);
        // While Redis is away, what it holds goes by itself.
        await redis?.remove(key).catch(() => undefined);
      }
      this.#running = false;
    }
  }

  async #sightInRedis(redis: RedisCache<V>, key: string, stored: V): Promise<Sight> {
    const found = await redis.get(key);
    if (found) return this.#sightOf(found, stored);
    return redis.holds(key).then(
      (held) => (held ? 'held' : 'absent'),
      () => 'away',
    );
  }

  #sightOf(found: Entry<V> | undefined, stored: V): Sight {
    return found ? sight(found.value, stored, this.#parts.memory.isFresh(found.createdAt)) : 'absent';
  }
}

function sight(found: unknown, stored: unknown, fresh: boolean): Sight {
  if (!isDeepStrictEqual(found, stored)) return 'other';
  return fresh ? 'fresh' : 'stale';
}

function findingOf(sights: PlaceFinding['steps']): PlaceFinding {
  const wrong = sights.find(({ step, saw }) => !expected[step].includes(saw));
  const good = (...names: Step[]) =>
    sights.every(({ step, saw }) => !names.includes(step) || expected[step].includes(saw));
  return {
    hit: good('stored', 'kept'),
    expired: good('aged', 'removed'),
    regenerated: good('regenerated'),
    ...(wrong && { reason: `${wrong.step}: saw ${wrong.saw}, expected ${expected[wrong.step].join(' or ')}` }),
    steps: sights,
  };
}
