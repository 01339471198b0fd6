import { describe, expect, it, vi } from 'vitest';
import { testMetrics } from '../models/testing.ts';
import type { Answer } from './step.ts';
import { cacheStep, storeStep } from './cache-step.ts';
import { answer, question, requestContext, workContext } from './testing.ts';
import { keyNow } from './key-step.ts';

/** Asks for what is stored so, while a model could answer or not. */
async function ask(stored: { answer: Answer; fresh: boolean } | undefined, answerable: boolean) {
  const { metrics, valueOf } = testMetrics();
  const renew = vi.fn();
  const step = cacheStep({ cache: { find: async () => stored }, metrics, answerable: () => answerable, renew });
  const context = requestContext();
  const given = await step(context, async () => ({ ...answer, answer: 'new' }));
  return { given, renewed: renew.mock.calls.length, hits: await valueOf('rag_cache_hits_total') };
}

describe('what is stored', () => {
  const free = { cached: true, tokens: { input: 0, output: 0 }, cost_usd: 0 };

  it.each([
    { how: 'fresh', fresh: true, answerable: true, degradation: 'full', renewed: 0 },
    { how: 'fresh while models are away', fresh: true, answerable: false, degradation: 'full', renewed: 0 },
    { how: 'stale, and renewed in the background', fresh: false, answerable: true, degradation: 'full', renewed: 1 },
    { how: 'stale while models are away', fresh: false, answerable: false, degradation: 'cached', renewed: 0 },
  ])('is given for nothing when it is $how', async ({ fresh, answerable, degradation, renewed }) => {
    const asked = await ask({ answer, fresh }, answerable);
    expect(asked).toEqual({ given: { ...answer, ...free, degradation }, renewed, hits: 1 });
  });

  it('is not there: the question goes on', async () => {
    expect(await ask(undefined, true)).toMatchObject({ given: { answer: 'new' }, renewed: 0, hits: 0 });
  });
});

describe('an answer', () => {
  /** Stores an answer, made while the documents went from one version to the other. */
  async function storedOf(
    given: Partial<Answer>,
    before = 'v1',
    after = before,
    signal = new AbortController().signal,
  ) {
    const stored: [string, Answer][] = [];
    const key = await keyNow({ version: async () => before }, question);
    const step = storeStep({ store: (...entry) => void stored.push(entry) }, { version: async () => after });
    await step(workContext({ key, signal }), async () => ({ ...answer, ...given }));
    return stored;
  }

  it('is stored under its key when it is complete', async () => {
    expect(await storedOf({})).toEqual([[await keyNow({ version: async () => 'v1' }, question), answer]]);
  });

  it('is not stored when it is not', async () => {
    expect(await storedOf({ complete: false })).toEqual([]);
  });

  it('is not stored when the documents changed meanwhile', async () => {
    expect(await storedOf({}, 'v1', 'v2')).toEqual([]);
  });

  it('is not stored when nobody waited for its end', async () => {
    expect(await storedOf({}, 'v1', 'v1', AbortSignal.abort())).toEqual([]);
  });
});
