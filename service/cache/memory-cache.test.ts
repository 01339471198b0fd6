import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { metrics as declared } from '../contract/metrics.ts';
import { createHandles } from '../telemetry/metrics.ts';
import { seriesOf } from '../testing.ts';
import { MemoryCache, type CacheMetrics, type MemoryCacheOptions } from './memory-cache.ts';

/** Lets time pass for the cache's clock and its sweep. */
function passSeconds(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000);
}

let registry: Registry;
let metrics: CacheMetrics;

function cacheOf(options: Partial<MemoryCacheOptions> = {}) {
  const { maxSize = 3, ttlSeconds = 10, sweepSeconds = 60 } = options;
  const staleSeconds = options.staleSeconds ?? ttlSeconds;
  return new MemoryCache<{ n: number }>({ maxSize, ttlSeconds, staleSeconds, sweepSeconds }, metrics);
}

/** The cache's counters, by their names without prefix. */
async function counts(): Promise<Record<string, number>> {
  const series = seriesOf(await registry.metrics());
  const names = ['hits_total', 'misses_total', 'evictions_total', 'ttl_expirations_total', 'size'];
  return Object.fromEntries(names.map((name) => [name, series.get(`cache_${name}{cache="memory"}`) ?? NaN]));
}

beforeEach(() => {
  registry = new Registry();
  metrics = createHandles(declared, { models: [], variants: [], dependencies: [], breakers: [] }, registry);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a memory cache', () => {
  it('counts neither a replaced entry nor its own end as an eviction', async () => {
    const cache = cacheOf();
    cache.set('a', { n: 1 });
    cache.set('a', { n: 2 });
    cache.close();
    expect(await counts()).toMatchObject({ evictions_total: 0, ttl_expirations_total: 0 });
  });

  it('gives back what it holds', () => {
    const cache = cacheOf();
    expect(cache.get('a')).toBeUndefined();
    cache.set('a', { n: 1 });
    expect(cache.get('a')).toEqual({ value: { n: 1 }, fresh: true, createdAt: Date.now() });
    passSeconds(1);
    cache.set('a', { n: 2 });
    expect(cache.get('a')).toEqual({ value: { n: 2 }, fresh: true, createdAt: Date.now() });
  });

  it('drops the least recently used entry first, and counts it as an eviction', async () => {
    const cache = cacheOf();
    for (const key of ['a', 'b', 'c']) cache.set(key, { n: 1 });
    cache.get('a');
    cache.set('d', { n: 1 });

    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key))).toEqual(['a', 'c', 'd']);
    expect(await counts()).toMatchObject({ evictions_total: 1, ttl_expirations_total: 0, size: 3 });
  });

  it('forgets an entry after its time, and counts it as an expiration', async () => {
    const cache = cacheOf({ ttlSeconds: 10 });
    cache.set('a', { n: 1 });
    passSeconds(9.9);
    expect(cache.get('a')).toBeDefined();
    passSeconds(0.2);
    expect(cache.get('a')).toBeUndefined();
    expect(await counts()).toMatchObject({ evictions_total: 0, ttl_expirations_total: 1, size: 0 });
  });

  it('counts the time from when an entry was stored, not from when it was read', () => {
    const cache = cacheOf({ ttlSeconds: 10 });
    cache.set('a', { n: 1 });
    for (let i = 0; i < 9; i += 1) {
      passSeconds(1);
      expect(cache.get('a')).toBeDefined();
    }
    passSeconds(1.1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('gives an entry that is stored again its whole time', () => {
    const cache = cacheOf({ ttlSeconds: 10 });
    cache.set('a', { n: 1 });
    passSeconds(8);
    cache.set('a', { n: 2 });
    passSeconds(8);
    expect(cache.get('a')).toMatchObject({ value: { n: 2 } });
  });

  it('holds a stale entry until its removal, which counts from its creation too', async () => {
    const cache = cacheOf({ ttlSeconds: 10, staleSeconds: 30 });
    cache.set('a', { n: 1 });
    passSeconds(10);
    expect(cache.get('a')).toMatchObject({ fresh: true });
    passSeconds(0.001);
    expect(cache.get('a')).toMatchObject({ value: { n: 1 }, fresh: false });
    passSeconds(19.999);
    expect(cache.get('a')).toMatchObject({ fresh: false });
    passSeconds(0.001);
    expect(cache.get('a')).toBeUndefined();
    expect(await counts()).toMatchObject({ ttl_expirations_total: 1, hits_total: 3, misses_total: 1 });
  });

  it('keeps an entry at least for as long as it is fresh', () => {
    const cache = cacheOf({ ttlSeconds: 10, staleSeconds: 1 });
    cache.set('a', { n: 1 });
    passSeconds(9);
    expect(cache.get('a')).toMatchObject({ fresh: true });
  });

  it('lets an entry that was made elsewhere keep its age', () => {
    const cache = cacheOf({ ttlSeconds: 10, staleSeconds: 30 });
    const createdAt = Date.now() - 8_000;
    cache.set('a', { n: 1 }, createdAt);
    expect(cache.get('a')).toEqual({ value: { n: 1 }, fresh: true, createdAt });
    passSeconds(3);
    expect(cache.get('a')).toEqual({ value: { n: 1 }, fresh: false, createdAt });
    passSeconds(20);
    expect(cache.get('a')).toBeUndefined();
  });

  it('does not take an entry that is past its removal, nor one that is older than what it holds', () => {
    const cache = cacheOf({ ttlSeconds: 10, staleSeconds: 30 });
    cache.set('old', { n: 1 }, Date.now() - 30_001);
    expect(cache.statistics().size).toBe(0);
    cache.set('a', { n: 2 });
    cache.set('a', { n: 1 }, Date.now() - 1);
    expect(cache.get('a')).toMatchObject({ value: { n: 2 } });
    cache.set('a', { n: 3 });
    expect(cache.get('a')).toMatchObject({ value: { n: 3 } });
  });

  it('takes what a clock that is ahead has made as fresh', () => {
    const cache = cacheOf({ ttlSeconds: 10 });
    cache.set('a', { n: 1 }, Date.now() + 2_000);
    expect(cache.get('a')).toMatchObject({ fresh: true });
  });

  it('sweeps out what nobody asks for', async () => {
    const cache = cacheOf({ ttlSeconds: 10, staleSeconds: 20, sweepSeconds: 30 });
    cache.set('a', { n: 1 });
    cache.set('b', { n: 1 });
    passSeconds(29);
    expect(cache.statistics().size).toBe(2);
    passSeconds(1);
    expect(cache.statistics().size).toBe(0);
    expect(await counts()).toMatchObject({ ttl_expirations_total: 2, evictions_total: 0, size: 0 });
  });

  it('takes times of less than a second', () => {
    const cache = cacheOf({ ttlSeconds: 0.07, sweepSeconds: 0.011 });
    cache.set('a', { n: 1 });
    passSeconds(0.06);
    expect(cache.get('a')).toBeDefined();
    passSeconds(0.02);
    expect(cache.get('a')).toBeUndefined();
  });

  it('tells its statistics', async () => {
    const cache = cacheOf({ maxSize: 4, ttlSeconds: 10 });
    cache.set('a', { n: 1 });
    cache.get('a');
    cache.get('a');
    cache.get('b');
    expect(cache.statistics()).toEqual({
      size: 1,
      max_size: 4,
      utilization: 0.25,
      ttl_seconds: 10,
      hits: 2,
      misses: 1,
    });
    expect(await counts()).toEqual({
      hits_total: 2,
      misses_total: 1,
      evictions_total: 0,
      ttl_expirations_total: 0,
      size: 1,
    });
  });

  it('leaves no timer behind', () => {
    const cache = cacheOf();
    cache.set('a', { n: 1 });
    cache.close();
    expect(cache.statistics().size).toBe(0);
    vi.advanceTimersByTime(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('behaves as a list of what was used last, whatever is stored and asked', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const action = fc.record({ set: fc.boolean(), key });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (actions, maxSize) => {
        const cache = cacheOf({ maxSize });
        let model: string[] = [];
        for (const { set, key } of actions) {
          const held = model.includes(key);
          if (set) cache.set(key, { n: 1 });
          else expect(cache.get(key) !== undefined).toBe(held);
          if (set || held) model = [...model.filter((other) => other !== key), key].slice(-maxSize);
          expect(cache.statistics().size).toBe(model.length);
        }
        cache.close();
      }),
    );
  });
});
