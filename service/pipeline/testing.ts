import { TextRelay } from '../resilience/text-relay.ts';
import { Trace } from '../telemetry/trace.ts';
import type { Answer, Question, RequestContext, WorkContext } from './step.ts';

/** A question of the tenant `acme`: five passages, balanced, no schema. */
export const question: Question = {
  kind: 'query',
  tenant: 'acme',
  text: 'q',
  mode: 'balanced',
  topK: 5,
  variant: 'default',
};

/** A whole answer from `mistral`. */
export const answer: Answer = {
  answer: 'yes',
  citations: [],
  cached: false,
  model: 'mistral',
  variant: 'default',
  degradation: 'full',
  tokens: { input: 100, output: 10 },
  cost_usd: 0.07,
  complete: true,
};

/** A request with 60 s from now. */
export function requestContext(more: Partial<RequestContext> = {}): RequestContext {
  const expiresAt = performance.now() + 60_000;
  return {
    question,
    trace: Trace.none,
    key: 'k',
    priority: 'normal',
    signal: new AbortController().signal,
    expiresAt: () => expiresAt,
    shortened: false,
    ...more,
  };
}

/** The work for a question, for those who have 60 s from now. Retrieval has found nothing yet. */
export function workContext(more: Partial<WorkContext> = {}): WorkContext {
  const expiresAt = performance.now() + 60_000;
  return {
    question,
    trace: Trace.none,
    key: 'k',
    renewal: false,
    priority: 'normal',
    signal: new AbortController().signal,
    remainingMs: () => expiresAt - performance.now(),
    shortened: () => false,
    text: new TextRelay(),
    passages: undefined,
    documentsAway: false,
    spent: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    reserveMore: async () => undefined,
    waits: [],
    overloaded: false,
    ...more,
  };
}
