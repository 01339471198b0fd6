import { BreakerOpenError } from '../resilience/breaker-open-error.ts';
import type { GuardedCall } from '../resilience/guarded-call.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { Passage, Retriever } from '../upstreams/retriever.ts';
import type { Step, WorkContext } from './step.ts';

/** What the retrieve step works with. */
export interface RetrieveStepParts {
  readonly retriever: Retriever;
  /** The vector store's deadline, retries and breaker. */
  readonly guarded: GuardedCall;
  readonly metrics: Pick<Metrics, 'rag_retrieval_duration_seconds'>;
  readonly log: Logger;
}

/** Finds the passages that the answer may come from. Without the store the question goes on without passages. */
export function retrieveStep({ retriever, guarded, metrics, log }: RetrieveStepParts): Step<WorkContext> {
  const duration = metrics.rag_retrieval_duration_seconds.labels({});
  return async (context, next) => {
    const { question, trace } = context;
    if (question.kind === 'predict') return next();
    const { tenant, text, topK } = question;
    const end = duration.startTimer();
    try {
      context.passages = await trace.run('retrieval', async (span) => {
        span.note(() => ({ 'ballast.retrieval.top_k': topK }));
        const passages = await guarded<readonly Passage[]>(context, (signal) =>
          retriever.retrieve({ tenant, question: text, topK, signal, trace: span }),
        );
        span.note(() => ({ 'ballast.retrieval.passages': passages.length }));
        return passages;
      });
      end(trace);
    } catch (err) {
      // Nothing was searched: it would count as a quick search.
      if (!(err instanceof BreakerOpenError)) end(trace);
      if (!(err instanceof UpstreamError) || context.signal.aborted) throw err;
      log.debug({ err }, 'the documents could not be searched');
      context.passages = [];
      context.documentsAway = true;
    }
    return next();
  };
}
