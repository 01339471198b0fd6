import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { metrics as declared } from '../contract/metrics.ts';
import type { PlaceFinding } from '../contract/self-test-schemas.ts';
import { SharedStoreAwayError, type SharedStore } from '../redis/shared-store.ts';
import { createHandles } from '../telemetry/metrics.ts';
import { AnswerCache } from './answer-cache.ts';
import { CacheSelfTest } from './cache-self-test.ts';
import { MemoryCache } from './memory-cache.ts';
import { RedisCache } from './redis-cache.ts';

type Value = { text: string };
type Commands = Parameters<Parameters<SharedStore['run']>[0]>[0];

/** As much of Redis as the cache uses, which forgets entries when their time is over. */
class FakeRedis implements SharedStore {
  readonly available = true;
  readonly held = new Map<string, string>();
  /** Why nothing is answered. */
  away: string | undefined;
  /** How long an entry is kept that is to be removed after so many milliseconds. */
  lifetimeOf = (px: number) => px;

  async run<T>(command: (redis: Commands) => Promise<T>): Promise<T> {
    if (this.away !== undefined) throw new SharedStoreAwayError(this.away);
    const commands = {
      set: async (name: string, text: string, _px: string, milliseconds: number) => {
        this.held.set(name, text);
        setTimeout(() => this.held.delete(name), this.lifetimeOf(milliseconds));
      },
      getrange: async (name: string) => this.held.get(name) ?? '',
      exists: async (name: string) => (this.held.has(name) ? 1 : 0),
      del: async (name: string) => (this.held.delete(name) ? 1 : 0),
    };
    return command(commands as unknown as Commands);
  }
}

let redis: FakeRedis;
let memory: MemoryCache<Value>;
let shared: RedisCache<Value>;

beforeEach(() => {
  vi.useFakeTimers();
  redis = new FakeRedis();
  const metrics = createHandles(declared, { models: [], variants: [], dependencies: [], breakers: [] }, new Registry());
  memory = new MemoryCache({ maxSize: 10, ttlSeconds: 600, staleSeconds: 3_600, sweepSeconds: 60 }, metrics);
  shared = new RedisCache({ store: redis, schema: z.object({ text: z.string() }), staleSeconds: 3_600, metrics });
});
afterEach(() => {
  memory.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function selfTest(): CacheSelfTest<Value> {
  const cache = new AnswerCache(memory, shared);
  return new CacheSelfTest({ cache, memory, redis: shared, sample: (text) => ({ text }) });
}

/** Runs it to its end, with time that passes at once. */
async function findings(): Promise<Record<string, PlaceFinding>> {
  const running = selfTest().run(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(3_000);
  return running;
}

/** What went wrong, by place. */
async function reasons() {
  const entries = Object.entries(await findings());
  return Object.fromEntries(entries.map(([place, { reason }]) => [place, reason]));
}

describe('the self-test of the cache', () => {
  it('sees an entry found, stale, gone and made anew in each tier and by a question', async () => {
    const steps = [
      ['stored', 'fresh', 0],
      ['aged', 'stale', 1_050],
      ['kept', 'stale', 0],
      ['removed', 'absent', 1_050],
      ['regenerated', 'fresh', 0],
    ].map(([step, saw, after_ms]) => ({ step, saw, after_ms }));
    const passed = { hit: true, expired: true, regenerated: true, steps };
    expect(await findings()).toEqual({ memory: passed, redis: passed, question: passed });
  });

  it('works with answers that are removed when they are no longer fresh, and with lifetimes below a second', async () => {
    const metrics = createHandles(
      declared,
      { models: [], variants: [], dependencies: [], breakers: [] },
      new Registry(),
    );
    memory.close();
    memory = new MemoryCache({ maxSize: 10, ttlSeconds: 0.2, staleSeconds: 0.2, sweepSeconds: 60 }, metrics);
    shared = new RedisCache({ store: redis, schema: z.object({ text: z.string() }), staleSeconds: 0.2, metrics });
    expect(await reasons()).toEqual({ memory: undefined, redis: undefined, question: undefined });
  });

  it('leaves nothing behind, and pushes out one entry at most', async () => {
    for (let n = 0; n < 10; n += 1) memory.set(String(n), { text: 'an answer' });
    const running = selfTest().run(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(500);
    expect(memory.statistics().size).toBe(10);
    await vi.advanceTimersByTimeAsync(2_500);
    await running;
    expect(memory.statistics().size).toBe(9);
    expect(redis.held.size).toBe(0);
  });

  it('notices a memory that keeps entries', async () => {
    const get = memory.get.bind(memory);
    const kept = new Map<string, ReturnType<typeof get>>();
    vi.spyOn(memory, 'get').mockImplementation((key) => {
      const found = get(key);
      if (found) kept.set(key, found);
      return found ?? kept.get(key);
    });
    expect(await reasons()).toEqual({
      memory: 'removed: saw stale, expected absent',
      redis: undefined,
      question: 'removed: saw stale, expected absent',
    });
  });

  it('notices entries that stay fresh', async () => {
    vi.spyOn(memory, 'isFresh').mockReturnValue(true);
    const sentence = 'aged: saw fresh, expected stale or absent';
    expect(await reasons()).toEqual({ memory: sentence, redis: sentence, question: sentence });
  });

  it('notices a Redis that keeps what it was told to remove', async () => {
    redis.lifetimeOf = () => 3_600_000;
    expect(await reasons()).toEqual({
      memory: undefined,
      redis: 'removed: saw held, expected absent',
      question: undefined,
    });
  });

  it('notices a Redis that gives old entries as new', async () => {
    redis.lifetimeOf = () => 3_600_000;
    const get = shared.get.bind(shared);
    vi.spyOn(shared, 'get').mockImplementation(async (key) => {
      const [text] = [...redis.held.values()].filter((held) => held.includes(key));
      if (text === undefined) return get(key);
      return { value: (JSON.parse(text) as { value: Value }).value, createdAt: Date.now() };
    });
    const found = await findings();
    expect(found['redis']).toMatchObject({ expired: false, reason: 'aged: saw fresh, expected stale or absent' });
    expect(found['question']).toMatchObject({ expired: false });
  });

  it('notices an answer that is not the one that was stored', async () => {
    vi.spyOn(memory, 'get').mockReturnValue({ value: { text: 'another' }, createdAt: Date.now(), fresh: true });
    expect((await findings())['memory']).toMatchObject({ hit: false, reason: 'stored: saw other, expected fresh' });
  });

  it('says when Redis is away, and goes on in memory', async () => {
    redis.away = 'ECONNREFUSED';
    expect(await reasons()).toEqual({
      memory: undefined,
      redis: 'stored: saw away, expected fresh',
      question: undefined,
    });
  });

  it('does not take it for an expiry that Redis went away meanwhile', async () => {
    const running = selfTest().run(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1_500);
    redis.away = 'ECONNRESET';
    await vi.advanceTimersByTimeAsync(1_500);
    expect((await running)['redis']).toMatchObject({
      hit: true,
      expired: false,
      reason: 'removed: saw away, expected absent',
    });
  });

  it('ends when it is told to, and leaves nothing behind', async () => {
    const test = selfTest();
    const controller = new AbortController();
    const running = test.run(controller.signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(500);
    expect(test.running).toBe(true);
    expect(redis.held.size).toBe(1);
    controller.abort(new Error('the service stops'));
    expect(await running).toEqual(new Error('the service stops'));
    expect([test.running, memory.statistics().size, redis.held.size]).toEqual([false, 0, 0]);
  });
});
