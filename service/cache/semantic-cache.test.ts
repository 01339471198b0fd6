import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testMetrics } from '../models/testing.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { SemanticCache } from './semantic-cache.ts';

const clock = performance;

beforeEach(() => {
  vi.useFakeTimers();
  // lru-cache holds on to the real clock, and takes 0 for no time.
  vi.spyOn(clock, 'now').mockImplementation(() => 1 + performance.now());
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A vector of length 1 whose cosine with that of 0 degrees is the cosine of the angle. */
function at(degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
}

/** Questions are angles, such as `20` or `20 again`. The threshold is the cosine of 18 degrees. */
function build() {
  const embed = vi.fn(async ([text = '']: readonly string[]): Promise<readonly Float32Array[]> => [
    at(Number.parseFloat(text)),
  ]);
  const { metrics, valueOf } = testMetrics();
  const cache = new SemanticCache<{ text: string }>({ embed }, { threshold: 0.951, ttlMs: 600_000 }, metrics);
  const { signal } = new AbortController();
  const find = (partition: string, question: string) => cache.find(partition, question, signal);
  const store = async (partition: string, question: string, text = `answer to ${question}`) => {
    (await find(partition, question)).store({ text });
  };
  const answer = async (partition: string, question: string) => (await find(partition, question)).answer?.text;
  return { cache, embed, valueOf, find, store, answer };
}

const signal = () => new AbortController().signal;

describe('an answer is shared', () => {
  it('by questions that are near enough, and by no others', async () => {
    const { store, answer } = build();
    await store('p', '0');
    expect(await answer('p', '0 in other words')).toBe('answer to 0');
    expect(await answer('p', '17.9')).toBe('answer to 0');
    expect(await answer('p', '-17.9')).toBe('answer to 0');
    expect(await answer('p', '18.1')).toBeUndefined();
    expect(await answer('p', '180')).toBeUndefined();
  });

  it('as that of the nearest question', async () => {
    const { store, answer } = build();
    for (const question of ['0', '10', '20']) await store('p', question);
    expect(await answer('p', '8')).toBe('answer to 10');
    expect(await answer('p', '4')).toBe('answer to 0');
    expect(await answer('p', '16')).toBe('answer to 20');
  });

  it('in its newest form', async () => {
    const { store, answer } = build();
    await store('p', '0', 'old');
    await store('p', '0', 'new');
    expect(await answer('p', '1')).toBe('new');
  });

  it('for as long as it is fresh', async () => {
    const { store, answer } = build();
    await store('p', '0');
    vi.advanceTimersByTime(599_000);
    expect(await answer('p', '0')).toBe('answer to 0');
    vi.advanceTimersByTime(2_000);
    expect(await answer('p', '0')).toBeUndefined();
  });

  it('while it is among the last 200 of its partition', async () => {
    const { store, answer } = build();
    await store('p', '180');
    for (let question = 0; question < 199; question += 1) await store('p', `${question / 100}`);
    expect(await answer('p', '180')).toBe('answer to 180');
    await store('p', '2');
    expect(await answer('p', '180')).toBeUndefined();
  });

  it('after one embedding, which also serves to store it', async () => {
    const { store, embed } = build();
    await store('p', '0');
    expect(embed).toHaveBeenCalledTimes(1);
    expect(embed.mock.calls[0]?.[0]).toEqual(['0']);
  });
});

it('is never shared across partitions', async () => {
  const partition = fc.constantFrom('a', 'b', '["a","query"]', '["a","query",1]', '', '__proto__');
  const step = fc.record({ partition, angle: fc.integer({ min: 0, max: 90 }), store: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { find } = build();
      const stored: { partition: string; angle: number }[] = [];
      for (const { partition, angle, store } of steps) {
        const { answer, store: keep } = await find(partition, String(angle));
        const near = stored.filter((one) => one.partition === partition && Math.abs(one.angle - angle) <= 18);
        if (answer === undefined) expect(near).toEqual([]);
        else expect(near.map((one) => JSON.stringify(one))).toContain(answer.text);
        if (!store) continue;
        keep({ text: JSON.stringify({ partition, angle }) });
        stored.push({ partition, angle });
      }
    }),
  );
});

describe('without the embedding service', () => {
  it('nothing is found and nothing is kept, and the question goes on', async () => {
    const { store, find, answer, embed, valueOf } = build();
    await store('p', '0');
    embed.mockRejectedValueOnce(new UpstreamError('embeddings', 'connection', 'refused'));
    const found = await find('p', '0');
    expect(found.answer).toBeUndefined();
    found.store({ text: 'without a vector' });
    expect(await answer('p', '0')).toBe('answer to 0');
    expect(await valueOf('cache_misses_total', { cache: 'semantic' })).toBe(2);
    expect(await valueOf('cache_hits_total', { cache: 'semantic' })).toBe(1);
  });

  it('nothing is found by a vector that it did not make', async () => {
    const { cache, embed, answer } = build();
    embed.mockResolvedValueOnce([]);
    (await cache.find('p', '0', signal())).store({ text: 'lost' });
    expect(await answer('p', '0')).toBeUndefined();
  });
});

it('fails for a client that left meanwhile', async () => {
  const { cache, embed } = build();
  const controller = new AbortController();
  const left = new Error('left');
  embed.mockImplementationOnce(() => {
    controller.abort(left);
    return Promise.reject(left);
  });
  await expect(cache.find('p', '0', controller.signal)).rejects.toBe(left);
});

it.each([
  ['numbers that are none', Float32Array.of(Number.NaN, Number.NaN)],
  ['another length', Float32Array.of(1, 0, 0)],
  ['no direction', Float32Array.of(0, 0)],
])('takes a vector with %s for near to nothing, stored or asked', async (_what, broken) => {
  const { store, answer, embed } = build();
  await store('p', '0');
  embed.mockResolvedValueOnce([broken]);
  expect(await answer('p', 'broken')).toBeUndefined();
  embed.mockResolvedValueOnce([broken]);
  await store('p', 'broken');
  expect(await answer('p', '0')).toBe('answer to 0');
  expect(await answer('p', '90')).toBeUndefined();
});
