import { expect, it } from 'vitest';
import { testMetrics } from '../models/testing.ts';
import { BreakerOpenError } from '../resilience/breaker-open-error.ts';
import type { GuardedCall } from '../resilience/guarded-call.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { Retriever } from '../upstreams/retriever.ts';
import { retrieveStep } from './retrieve-step.ts';
import { answer, workContext } from './testing.ts';

const log = { debug: () => undefined } as never;

/** Searches once, and says what the answer is made of and how many searches were timed. */
async function search(guarded: GuardedCall) {
  const { metrics, valueOf } = testMetrics();
  const retriever: Retriever = { retrieve: async () => [] };
  const context = workContext();
  await retrieveStep({ retriever, guarded, metrics, log })(context, async () => answer);
  const { passages, documentsAway } = context;
  return { passages, documentsAway, timed: await valueOf('rag_retrieval_duration_seconds', { le: '+Inf' }) };
}

it('times a search', async () => {
  const found = await search((_, call) => call(new AbortController().signal));
  expect(found).toEqual({ passages: [], documentsAway: false, timed: 1 });
});

it('times one that failed, and goes on without passages', async () => {
  const found = await search(() => Promise.reject(new UpstreamError('vector_db', 'timeout', 'no answer')));
  expect(found).toEqual({ passages: [], documentsAway: true, timed: 1 });
});

it('times none that was not made, which would count as a quick one', async () => {
  const found = await search(() => Promise.reject(new BreakerOpenError('vector_db', 1_000)));
  expect(found).toEqual({ passages: [], documentsAway: true, timed: 0 });
});
