import { describe, expect, it } from 'vitest';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { testMetrics } from '../models/testing.ts';
import { BudgetExceededError } from '../limits/budget-exceeded-error.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { DrainingError } from '../resilience/lifecycle.ts';
import { ShedError } from '../resilience/shed-error.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';
import { countStep } from './count-step.ts';
import { ClientGoneError, UnavailableError } from './errors.ts';
import type { Answer, RequestContext } from './step.ts';
import { answer, question, requestContext } from './testing.ts';

const statuses = ['success', 'error', 'cached', 'degraded', 'shed'] as const;

function build() {
  const { metrics, valueOf } = testMetrics([], ['default', 'terse']);
  const step = countStep(metrics, ['default', 'terse']);
  /** How often each status was counted, those never counted left out. */
  const counted = async (labels: Record<string, string> = {}) => {
    const entries = await Promise.all(
      statuses.map(async (status) => [status, await valueOf('rag_queries_total', { ...labels, status })] as const),
    );
    return Object.fromEntries(entries.filter(([, count]) => count > 0));
  };
  return { step, valueOf, counted };
}

async function countOf(
  ended: Partial<Answer> | Error,
  context: Partial<RequestContext> = {},
): Promise<Record<string, number>> {
  const { step, counted } = build();
  const next = () => (ended instanceof Error ? Promise.reject(ended) : Promise.resolve({ ...answer, ...ended }));
  const result = await step(requestContext(context), next).catch((error: unknown) => error);
  expect(result).toEqual(ended instanceof Error ? ended : { ...answer, ...ended });
  return counted();
}

describe('an answer is counted once, as', () => {
  it.each<[string, Partial<Answer>]>([
    ['success', {}],
    ['cached', { cached: true }],
    ['degraded', { degradation: 'retrieval_only' }],
    ['degraded', { degradation: 'cached' }],
    // Stale, because models are away.
    ['degraded', { degradation: 'cached', cached: true }],
    ['error', { error: true }],
    ['error', { error: true, degradation: 'retrieval_only' }],
    ['error', { error: true, degradation: 'cached', cached: true }],
  ])('%s: %o', async (status, ended) => {
    expect(await countOf(ended)).toEqual({ [status]: 1 });
  });
});

describe('a question without an answer', () => {
  it.each([
    ['nothing could answer', new UnavailableError('no model can answer', 1)],
    ['its time was over', new DeadlineError(60_000)],
    ['the service stops', new DrainingError()],
    ['something broke', new TypeError('undefined is not a function')],
  ])('is an error when %s', async (_what, error) => {
    expect(await countOf(error)).toEqual({ error: 1 });
  });

  it.each([
    new ShedError('probabilistic', 1),
    new ShedError('queue_full', 1),
    new ShedError('displaced', 1),
    new ShedError('followers', 1),
  ])('is shed when admission refused it: $reason', async (error) => {
    expect(await countOf(error)).toEqual({ shed: 1 });
  });

  it('is shed when the schema validator has too much to do', async () => {
    expect(await countOf(new SchemaValidatorBusyError())).toEqual({ shed: 1 });
  });

  it.each([
    ['whose client left', new ClientGoneError()],
    ['that is too long', new PromptTooLongError('too long')],
    ['whose tenant may spend no more', new BudgetExceededError('too little is left', 1)],
  ])('is not counted here when it is one %s', async (_what, error) => {
    expect(await countOf(error)).toEqual({});
  });
});

describe('a question whose caller lowered its time', () => {
  it('is not counted when that was over', async () => {
    expect(await countOf(new DeadlineError(50), { shortened: true })).toEqual({});
  });

  it('is an error when it failed otherwise', async () => {
    const error = new UnavailableError('no model can answer', 1);
    expect(await countOf(error, { shortened: true })).toEqual({ error: 1 });
  });
});

it('counts by variant', async () => {
  const { step, counted } = build();
  await step(requestContext({ question: { ...question, variant: 'terse' } }), () => Promise.resolve(answer));
  expect(await counted({ variant: 'terse' })).toEqual({ success: 1 });
  expect(await counted({ variant: 'default' })).toEqual({});
});

it('counts followers that were refused by their own priority; admission counts the other refusals', async () => {
  const { step, valueOf } = build();
  for (const reason of ['followers', 'queue_full'] as const) {
    await step(requestContext({ priority: 'low' }), () => Promise.reject(new ShedError(reason, 1))).catch(
      () => undefined,
    );
  }
  expect(await valueOf('rag_requests_shed_total', { reason: 'followers', priority: 'low' })).toBe(1);
  expect(await valueOf('rag_requests_shed_total')).toBe(1);
});

it('observes what each answer cost, and how long each question took that was not refused', async () => {
  const { step, valueOf } = build();
  await step(requestContext(), () => Promise.resolve({ ...answer, cost_usd: 0.07 }));
  const errors = [
    new Error('it broke'),
    new ClientGoneError(),
    new ShedError('queue_full', 1),
    new SchemaValidatorBusyError(),
    new BudgetExceededError('too little is left', 1),
    new PromptTooLongError('too long'),
  ];
  for (const error of errors) await step(requestContext(), () => Promise.reject(error)).catch(() => undefined);
  expect(await valueOf('rag_query_cost_usd', { le: '0.05' })).toBe(0);
  expect(await valueOf('rag_query_cost_usd', { le: '0.1' })).toBe(1);
  // The answer, what broke, and what its client no longer waited for.
  expect(await valueOf('rag_query_duration_seconds', { le: '+Inf' })).toBe(3);
});

it('knows how many questions are being answered', async () => {
  const { step, valueOf } = build();
  const active = () => valueOf('rag_active_queries');
  const [first, second] = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
  const asked = [step(requestContext(), () => first.promise), step(requestContext(), () => second.promise)];
  expect(await active()).toBe(2);
  first.resolve(answer);
  await asked[0];
  expect(await active()).toBe(1);
  second.reject(new Error('it broke'));
  await expect(asked[1]).rejects.toThrow('it broke');
  expect(await active()).toBe(0);
});
