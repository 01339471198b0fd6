import type { QueryRequest, QueryResponse } from '../contract/schemas.ts';
import type { Passage } from '../upstreams/retriever.ts';

/** One question on its way through the pipeline. */
export interface QueryContext {
  readonly tenant: string;
  readonly request: QueryRequest;
  /** Aborts when the request's time is over, or the service stops. */
  readonly signal: AbortSignal;
  /** What retrieval found; empty before. */
  passages: readonly Passage[];
}

/** An answer before it is addressed to a client. */
export type Answer = Omit<QueryResponse, 'request_id' | 'trace_id'>;

/** One step of the pipeline: answers by itself, or by what the following steps answer. */
export type Step = (context: QueryContext, next: () => Promise<Answer>) => Promise<Answer>;

/** Puts steps one inside the other, first outermost. The last one must answer without calling `next`. */
export function compose(steps: readonly Step[]): (context: QueryContext) => Promise<Answer> {
  const from = (index: number, context: QueryContext): Promise<Answer> => {
    const step = steps[index];
    if (!step) throw new Error('the last step of the pipeline did not answer');
    return step(context, () => from(index + 1, context));
  };
  return (context) => from(0, context);
}
