import type { Mode, Priority } from '../contract/metrics.ts';
import type { QueryResponse } from '../contract/schemas.ts';
import type { TextRelay } from '../resilience/text-relay.ts';
import type { Wait } from '../resilience/usual-wait.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Passage } from '../upstreams/retriever.ts';

/** What is asked. Two questions that are equal here get the same answer, and share the work for it. */
export interface Question {
  /** From documents, or a plain call. */
  readonly kind: 'query' | 'predict';
  readonly tenant: string;
  readonly text: string;
  readonly mode: Mode;
  /** Passages to read; 0 for a plain call. */
  readonly topK: number;
  readonly variant: string;
  /** The only model that may answer; the mode decides when absent. */
  readonly model?: string;
  /** JSON Schema that the answer must satisfy. */
  readonly schema?: unknown;
}

/** An answer before it is addressed to a client. */
export interface Answer extends Omit<QueryResponse, 'request_id' | 'trace_id'> {
  /** Whether it may be stored: whole, valid, and given by the model that the question asked for. */
  readonly complete: boolean;
}

/** One request on its way: a question, and who waits for its answer. */
export interface RequestContext {
  readonly question: Question;
  /** The request's span. */
  readonly trace: Trace;
  /** What the question is the same by; set once the version of the documents is known. */
  key: string;
  /** The caller's answer for when no valid one can be had. */
  readonly fallback?: unknown;
  readonly priority: Priority;
  /** Aborts when the request's time is over, its client left, or the service stops. */
  readonly signal: AbortSignal;
  /** When its time is over, by `performance.now()`. */
  readonly expiresAt: () => number;
  /** Whether the caller lowered the time that it has. */
  readonly shortened: boolean;
  /** Whether it renews a stored answer, so that no stored one will do. */
  readonly renewal?: boolean;
  /** Is given each piece of the answer as it is written, by a client that streams. */
  readonly onText?: (text: string) => void;
}

/** The work for one question, which any number of requests may wait for. */
export interface WorkContext {
  readonly question: Question;
  /** The span of the request that the work began for. */
  readonly trace: Trace;
  readonly key: string;
  /** Whether it renews a stored answer, so that no stored one will do. */
  readonly renewal: boolean;
  readonly priority: Priority;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Milliseconds that those who wait have left. */
  readonly remainingMs: () => number;
  /** Whether all who wait have lowered their time. */
  readonly shortened: () => boolean;
  /** Where the answer is written as it arrives. */
  readonly text: TextRelay;
  /** What retrieval found; `undefined` before, and for a plain call. */
  passages: readonly Passage[] | undefined;
  /** Whether the documents could not be searched. */
  documentsAway: boolean;
  /** What the model calls have used so far. */
  readonly spent: { inputTokens: number; outputTokens: number; costUsd: number };
  /** Makes sure that the tenant's budget bears one more model call. The first is borne from the start. */
  reserveMore: () => Promise<void>;
  /** How long each model call so far waited for its first content. */
  readonly waits: Wait[];
  /** Whether any model call ended in a sign of overload. */
  overloaded: boolean;
}

/** One step of a way: answers by itself, or by what the following steps answer. */
export type Step<C> = (context: C, next: () => Promise<Answer>) => Promise<Answer>;

/** Puts steps one inside the other, first outermost. The last one must answer without calling `next`. */
export function compose<C>(steps: readonly Step<C>[]): (context: C) => Promise<Answer> {
  const from = (index: number, context: C): Promise<Answer> => {
    const step = steps[index];
    if (!step) throw new Error('the last step of the pipeline did not answer');
    return step(context, () => from(index + 1, context));
  };
  return (context) => from(0, context);
}
