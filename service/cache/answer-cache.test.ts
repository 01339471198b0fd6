import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { metrics as declared } from '../contract/metrics.ts';
import { SharedStoreAwayError } from '../redis/shared-store.ts';
import { createHandles } from '../telemetry/metrics.ts';
import { AnswerCache } from './answer-cache.ts';
import { MemoryCache, type Entry } from './memory-cache.ts';

type Value = { n: number };

const redis = {
  get: vi.fn<(key: string) => Promise<Entry<Value> | undefined>>(),
  /** The look-up that is not counted. */
  peek: vi.fn<(key: string) => Promise<Entry<Value> | undefined>>(),
  set: vi.fn<(key: string, entry: Entry<Value>) => Promise<void>>(),
};
let cache: AnswerCache<Value>;

function cacheOf(shared: typeof redis | undefined): AnswerCache<Value> {
  const names = { models: [], variants: [], dependencies: [], breakers: [] };
  const limits = { maxSize: 100, ttlSeconds: 10, staleSeconds: 30, sweepSeconds: 60 };
  return new AnswerCache(new MemoryCache(limits, createHandles(declared, names, new Registry())), shared);
}

beforeEach(() => {
  vi.useFakeTimers();
  redis.get.mockReset().mockResolvedValue(undefined);
  redis.peek.mockReset().mockResolvedValue(undefined);
  redis.set.mockReset().mockResolvedValue();
  cache = cacheOf(redis);
});
afterEach(() => {
  cache.close();
  vi.useRealTimers();
});

describe('finding', () => {
  it('gives a fresh answer from memory without a word to Redis', async () => {
    cache.store('a', { n: 1 });
    expect(await cache.find('a')).toEqual({ answer: { n: 1 }, fresh: true });
    expect(redis.get).not.toHaveBeenCalled();
  });

  it('finds nothing where neither has it', async () => {
    expect(await cache.find('a')).toBeUndefined();
    expect(redis.get).toHaveBeenCalledWith('a');
  });

  it('gives what another replica stored, and keeps it for as long as that replica does', async () => {
    redis.get.mockResolvedValue({ value: { n: 1 }, createdAt: Date.now() - 8_000 });
    expect(await cache.find('a')).toEqual({ answer: { n: 1 }, fresh: true });
    redis.get.mockResolvedValue(undefined);
    expect(await cache.find('a')).toEqual({ answer: { n: 1 }, fresh: true });
    vi.advanceTimersByTime(3_000);
    expect(await cache.find('a')).toEqual({ answer: { n: 1 }, fresh: false });
    vi.advanceTimersByTime(20_000);
    expect(await cache.find('a')).toBeUndefined();
  });

  it('gives a stale answer that another replica stored as stale', async () => {
    redis.get.mockResolvedValue({ value: { n: 1 }, createdAt: Date.now() - 11_000 });
    expect(await cache.find('a')).toEqual({ answer: { n: 1 }, fresh: false });
  });

  it('gives what another replica renewed, in place of a stale answer in memory', async () => {
    cache.store('a', { n: 1 });
    vi.advanceTimersByTime(11_000);
    redis.peek.mockResolvedValue({ value: { n: 2 }, createdAt: Date.now() });
    expect(await cache.find('a')).toEqual({ answer: { n: 2 }, fresh: true });
    expect(await cache.find('a')).toEqual({ answer: { n: 2 }, fresh: true });
    expect(redis.peek).toHaveBeenCalledTimes(1);
  });

  it('counts one look-up a question: of Redis only where memory has nothing', async () => {
    cache.store('a', { n: 1 });
    vi.advanceTimersByTime(11_000);
    await cache.find('a');
    expect([redis.get.mock.calls, redis.peek.mock.calls]).toEqual([[], [['a']]]);
    await cache.find('b');
    expect([redis.get.mock.calls, redis.peek.mock.calls]).toEqual([[['b']], [['a']]]);
  });

  it('gives a stale answer from memory where Redis has an older one, or none', async () => {
    const before = Date.now();
    vi.advanceTimersByTime(1_000);
    cache.store('a', { n: 2 });
    vi.advanceTimersByTime(11_000);
    expect(await cache.find('a')).toEqual({ answer: { n: 2 }, fresh: false });
    redis.peek.mockResolvedValue({ value: { n: 1 }, createdAt: before });
    expect(await cache.find('a')).toEqual({ answer: { n: 2 }, fresh: false });
  });

  it('asks Redis once for all who ask for the same at once', async () => {
    const waiting = Promise.withResolvers<Entry<Value>>();
    redis.get.mockReturnValue(waiting.promise);
    const finds = Array.from({ length: 1_000 }, () => cache.find('a'));
    const other = cache.find('b');
    waiting.resolve({ value: { n: 1 }, createdAt: Date.now() });
    for (const found of await Promise.all([...finds, other])) expect(found).toEqual({ answer: { n: 1 }, fresh: true });
    expect(redis.get.mock.calls).toEqual([['a'], ['b']]);
  });

  it('does not let a late answer of Redis take the place of a newer one', async () => {
    const late = Promise.withResolvers<Entry<Value>>();
    redis.get.mockReturnValue(late.promise);
    const createdAt = Date.now();
    const find = cache.find('a');
    vi.advanceTimersByTime(50);
    cache.store('a', { n: 2 });
    late.resolve({ value: { n: 1 }, createdAt });
    await find;
    expect(await cache.find('a')).toEqual({ answer: { n: 2 }, fresh: true });
  });
});

describe('storing', () => {
  it('is done in memory at once, and in Redis with the same time of creation', async () => {
    redis.set.mockReturnValue(new Promise(() => undefined));
    cache.store('a', { n: 1 });
    const createdAt = Date.now();
    expect(await cache.find('a')).toMatchObject({ answer: { n: 1 } });
    expect(redis.set).toHaveBeenCalledWith('a', { value: { n: 1 }, createdAt });
  });

  it('never fails because of Redis', async () => {
    redis.set.mockRejectedValue(new SharedStoreAwayError('away'));
    cache.store('a', { n: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(await cache.find('a')).toMatchObject({ answer: { n: 1 } });
  });

  it('has 32 writes to Redis under way at most; further answers stay in memory alone', async () => {
    const hanging = Promise.withResolvers<undefined>();
    redis.set.mockReturnValue(hanging.promise);
    for (let n = 0; n < 40; n += 1) cache.store(String(n), { n });
    expect(redis.set).toHaveBeenCalledTimes(32);
    expect(await cache.find('39')).toMatchObject({ answer: { n: 39 } });
    hanging.reject(new SharedStoreAwayError('away'));
    await vi.advanceTimersByTimeAsync(0);
    for (let n = 0; n < 40; n += 1) cache.store(String(n), { n });
    expect(redis.set).toHaveBeenCalledTimes(64);
  });
});

it('puts an entry into Redis however many writes are under way, and says when Redis did not take it', async () => {
  redis.set.mockReturnValue(new Promise(() => undefined));
  for (let n = 0; n < 40; n += 1) cache.store(String(n), { n });
  redis.set.mockResolvedValueOnce();
  const entry = { value: { n: 1 }, createdAt: Date.now() };
  await cache.put('put', entry);
  expect(redis.set).toHaveBeenLastCalledWith('put', entry);
  redis.set.mockRejectedValueOnce(new SharedStoreAwayError('away'));
  await expect(cache.put('put', entry)).rejects.toThrow(SharedStoreAwayError);
});

it('works without Redis', async () => {
  const alone = cacheOf(undefined);
  alone.store('a', { n: 1 });
  vi.advanceTimersByTime(11_000);
  expect(await alone.find('a')).toEqual({ answer: { n: 1 }, fresh: false });
  expect(await alone.find('b')).toBeUndefined();
  expect(alone.statistics()).toMatchObject({ size: 1, max_size: 100, ttl_seconds: 10 });
  alone.close();
  expect(vi.getTimerCount()).toBe(1); // Of the cache that each test has.
});
