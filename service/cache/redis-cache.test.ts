import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { metrics as declared } from '../contract/metrics.ts';
import { SharedStoreAwayError, type SharedStore } from '../redis/shared-store.ts';
import { createHandles } from '../telemetry/metrics.ts';
import { maxEntryBytes, RedisCache } from './redis-cache.ts';

/** The two commands that the cache uses, on a map. */
class FakeStore implements SharedStore {
  available = true;
  readonly values = new Map<string, { text: string; px: number }>();
  readonly #commands = {
    getrange: async (name: string, first: number, last: number) =>
      Buffer.from(this.values.get(name)?.text ?? '')
        .subarray(first, last + 1)
        .toString(),
    set: async (name: string, text: string, _unit: 'PX', px: number) => this.values.set(name, { text, px }),
  };

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.available) throw new SharedStoreAwayError('away');
    return command(this.#commands as unknown as Redis);
  }

  /** The only value. */
  get only(): { name: string; text: string; px: number } {
    const [[name, value] = ['', { text: '', px: NaN }], ...rest] = this.values;
    expect(rest).toEqual([]);
    return { name, ...value };
  }
}

const schema = z.strictObject({ n: z.number() });
const staleSeconds = 30;

let store: FakeStore;
let registry: Registry;
let cache: RedisCache<z.output<typeof schema>>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new FakeStore();
  registry = new Registry();
  const metrics = createHandles(declared, { models: [], variants: [], dependencies: [], breakers: [] }, registry);
  cache = new RedisCache({ store, schema, staleSeconds, metrics });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Hits and misses so far. */
async function counts(): Promise<[hits: number, misses: number]> {
  const text = await registry.metrics();
  const of = (name: string) =>
    Number(new RegExp(`^cache_${name}_total\\{cache="redis"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  return [of('hits'), of('misses')];
}

describe('a cache in Redis', () => {
  it('gives back what it holds, with the time at which it was made', async () => {
    const entry = { value: { n: 1 }, createdAt: Date.now() - 7_000 };
    expect(await cache.get('["acme","why?"]')).toBeUndefined();
    await cache.set('["acme","why?"]', entry);
    expect(await cache.get('["acme","why?"]')).toMatchObject(entry);
    expect(await counts()).toEqual([1, 1]);
  });

  it('is looked into without being counted', async () => {
    const entry = { value: { n: 1 }, createdAt: Date.now() };
    await cache.set('a', entry);
    expect(await cache.peek('a')).toMatchObject(entry);
    expect(await cache.peek('b')).toBeUndefined();
    expect(await counts()).toEqual([0, 0]);
  });

  it('names an entry by a digest, so that no name is longer than another', async () => {
    await cache.set('x'.repeat(100_000), { value: { n: 1 }, createdAt: Date.now() });
    expect(store.only.name).toMatch(/^ballast:answer:1:[0-9a-f]{64}$/);
  });

  it('has an entry removed by its age, not by the time of its writing', async () => {
    await cache.set('a', { value: { n: 1 }, createdAt: Date.now() - 10_000 });
    expect(store.only.px).toBe(20_000);
  });

  it('does not store what is to be removed already', async () => {
    await cache.set('a', { value: { n: 1 }, createdAt: Date.now() - 30_000 });
    expect(store.values.size).toBe(0);
  });

  it('neither answers from an entry past its removal, nor from one of the future, a small difference of clocks aside', async () => {
    const now = Date.now();
    for (const [age, usable] of [
      [30_000, true],
      [30_001, false],
      [-5_000, true],
      [-5_001, false],
    ] as const) {
      await cache.set('a', { value: { n: 1 }, createdAt: now });
      const { name, text, px } = store.only;
      store.values.set(name, { text: text.replace(String(now), String(now - age)), px });
      expect((await cache.get('a')) !== undefined, String(age)).toBe(usable);
    }
  });

  it('does not answer one key from another’s entry, wherever that stands', async () => {
    await cache.set('["acme","why?"]', { value: { n: 1 }, createdAt: Date.now() });
    const theirs = store.only;
    store.values.clear();
    await cache.set('["umbrella","why?"]', { value: { n: 2 }, createdAt: Date.now() });
    store.values.set(store.only.name, theirs);
    expect(await cache.get('["umbrella","why?"]')).toBeUndefined();
    expect(await counts()).toEqual([0, 1]);
  });

  it('takes whatever else stands under its name as a miss', async () => {
    await cache.set('a', { value: { n: 1 }, createdAt: Date.now() });
    const { name, text } = store.only;
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({ key: fc.constant('a'), createdAt: fc.constant(Date.now()), value: fc.json() })
        .map((e) => JSON.stringify(e)),
      fc.nat({ max: text.length - 1 }).map((length) => text.slice(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (written) => {
        store.values.set(name, { text: written, px: 1 });
        expect(await cache.get('a')).toBeUndefined();
      }),
    );
  });

  it('does not take a value of another shape', async () => {
    const other = new RedisCache({
      store,
      schema: z.object({ m: z.string() }),
      staleSeconds,
      metrics: createHandles(declared, { models: [], variants: [], dependencies: [], breakers: [] }, new Registry()),
    });
    await other.set('a', { value: { m: 'x' }, createdAt: Date.now() });
    expect(await cache.get('a')).toBeUndefined();
  });

  it('stores entries of up to 256 KiB, by their bytes', async () => {
    const texts = new RedisCache({
      store,
      schema: z.object({ text: z.string() }),
      staleSeconds,
      metrics: createHandles(declared, { models: [], variants: [], dependencies: [], breakers: [] }, new Registry()),
    });
    const createdAt = Date.now();
    await texts.set('a', { value: { text: '' }, createdAt });
    const room = maxEntryBytes - store.only.text.length;
    const largest = { value: { text: 'é'.repeat(room / 2) + 'e'.repeat(room % 2) }, createdAt };
    await texts.set('a', largest);
    expect(await texts.get('a')).toMatchObject(largest);
    await texts.set('a', { value: { text: `${largest.value.text}e` }, createdAt });
    expect(await texts.get('a')).toMatchObject(largest);
  });

  it('is a miss while Redis is away, and says that it stored nothing', async () => {
    await cache.set('a', { value: { n: 1 }, createdAt: Date.now() });
    store.available = false;
    expect(await cache.get('a')).toBeUndefined();
    expect(await counts()).toEqual([0, 1]);
    await expect(cache.set('a', { value: { n: 1 }, createdAt: Date.now() })).rejects.toThrow(SharedStoreAwayError);
  });
});
