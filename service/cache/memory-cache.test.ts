import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { metrics as declared } from '../contract/metrics.ts';
import { createHandles } from '../telemetry/metrics.ts';
import { seriesOf } from '../testing.ts';
import { MemoryCache, type CacheMetrics } from './memory-cache.ts';

const clock = performance;
let now = 1_000;

/** Lets time pass for the cache's clock and its sweep. */
function passSeconds(seconds: number): void {
  now += seconds * 1000;
  vi.advanceTimersByTime(seconds * 1000);
}

let registry: Registry;
let metrics: CacheMetrics;

function cacheOf({ maxSize = 3, ttlSeconds = 10, sweepSeconds = 60 } = {}) {
  return new MemoryCache<{ n: number }>({ maxSize, ttlSeconds, sweepSeconds }, metrics);
}

/** The cache's counters, by their names without prefix. */
async function counts(): Promise<Record<string, number>> {
  const series = seriesOf(await registry.metrics());
  const names = ['hits_total', 'misses_total', 'evictions_total', 'ttl_expirations_total', 'size'];
  return Object.fromEntries(names.map((name) => [name, series.get(`cache_${name}{cache="memory"}`) ?? NaN]));
}

beforeEach(() => {
  registry = new Registry();
  metrics = createHandles(declared, { models: [], variants: [], dependencies: [] }, registry);
  vi.useFakeTimers();
  // lru-cache holds on to the real clock.
  vi.spyOn(clock, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
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
    expect(cache.get('a')).toEqual({ n: 1 });
    cache.set('a', { n: 2 });
    expect(cache.get('a')).toEqual({ n: 2 });
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
    expect(cache.get('a')).toEqual({ n: 1 });
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
    expect(cache.get('a')).toEqual({ n: 2 });
  });

  it('sweeps out what nobody asks for', async () => {
    const cache = cacheOf({ ttlSeconds: 10, sweepSeconds: 30 });
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
