import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisStandin } from '../standins/redis.ts';
import { Replica } from './replica.ts';

const minute = 60_000;

let redis: RedisStandin;
let client: Redis;
let writer: Replica;
let reader: Replica;

beforeAll(async () => {
  redis = await RedisStandin.start();
  client = new Redis(redis.url);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  await client.flushall();
  writer = new Replica(redis.url);
  reader = new Replica(redis.url);
  await Promise.all([writer.connection.check(), reader.connection.check()]);
});
afterEach(() => {
  writer.close();
  reader.close();
});

/** Stores an entry of some age, and says what it is called in Redis. */
async function stored(key: string, text: string, ageMs = 0): Promise<string> {
  const before = await client.keys('*');
  await writer.shared.set(key, { value: { text }, createdAt: Date.now() - ageMs });
  return (await client.keys('*')).find((name) => !before.includes(name)) ?? '';
}

test('an entry is removed by Redis itself 3,600 s after it was made', async () => {
  const name = await stored('a', 'x', 20 * minute);
  const remaining = await client.pttl(name);
  expect(remaining).toBeGreaterThan(39 * minute);
  expect(remaining).toBeLessThanOrEqual(40 * minute);
});

describe('what is no entry of ours is a miss, and is written over:', () => {
  test.each<[string, (name: string) => Promise<unknown>]>([
    ['text', (name) => client.set(name, 'garbage')],
    ['bytes', (name) => client.set(name, Buffer.from([0xff, 0xfe, 0, 0x80]))],
    [
      'another shape',
      (name) => client.set(name, JSON.stringify({ key: 'a', createdAt: Date.now(), value: { html: 'x' } })),
    ],
    ['a list', (name) => client.multi().del(name).rpush(name, 'x').exec()],
    ['50 MB', (name) => client.setrange(name, 50_000_000, 'x')],
  ])('%s', async (_what, spoil) => {
    const name = await stored('a', 'ours');
    await spoil(name);
    expect(await reader.cache.find('a')).toBeUndefined();
    reader.cache.store('a', { text: 'made anew' });
    await reader.written();
    expect(await writer.cache.find('a')).toEqual({ answer: { text: 'made anew' }, fresh: true });
    expect(reader.breaker.state).toBe('closed');
  });
});

test('of a foreign value no more is read than an entry may have', async () => {
  const name = await stored('a', 'ours');
  await client.setrange(name, 50_000_000, 'x');
  const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await client.info('stats'))?.[1]);
  const before = await sent();
  expect(await reader.cache.find('a')).toBeUndefined();
  expect((await sent()) - before).toBeLessThan(1_000_000);
});

test('an old snapshot that is restored makes no answer young again, even without its time of removal', async () => {
  const stale = await stored('stale', 'as it was', 20 * minute);
  const gone = await stored('gone', 'as it was', 59 * minute);
  const snapshot = await Promise.all([stale, gone].map((name) => client.dumpBuffer(name)));
  await stored('stale', 'newer');
  await Promise.all([stale, gone].map((name, index) => client.restore(name, 0, snapshot[index] ?? '', 'REPLACE')));
  expect(await reader.cache.find('stale')).toEqual({ answer: { text: 'as it was' }, fresh: false });
  expect(await reader.cache.find('gone')).toEqual({ answer: { text: 'as it was' }, fresh: false });

  const text = (await client.get(gone)) ?? '';
  await client.set(gone, text.replace(/"createdAt":\d+/, `"createdAt":${Date.now() - 61 * minute}`));
  const later = new Replica(redis.url);
  await later.connection.check();
  expect(await later.cache.find('gone')).toBeUndefined();
  later.close();
});

describe('tenants', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('', 'a', '["a","b"]', '\ud800', '\0'),
  );

  test('never get each other’s answers, whatever they are called and ask', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(word, word), { maxLength: 10, selector: String }), async (pairs) => {
        await client.flushall();
        const other = new Replica(redis.url);
        await other.connection.check();
        const keys = pairs.map((pair) => JSON.stringify(pair));
        const half = keys.slice(0, keys.length / 2);
        for (const key of half) writer.cache.store(key, { text: key });
        await writer.written();
        for (const key of keys) {
          const found = await other.cache.find(key);
          expect(found?.answer.text).toBe(half.includes(key) ? key : undefined);
        }
        other.close();
      }),
      { numRuns: 50 },
    );
  });

  test('are kept apart even where one’s entry stands under another’s name', async () => {
    const ours = await stored('["acme","why?"]', 'ours');
    const theirs = await stored('["umbrella","why?"]', 'theirs');
    await client.rename(theirs, ours);
    expect(await reader.cache.find('["acme","why?"]')).toBeUndefined();
  });
});
