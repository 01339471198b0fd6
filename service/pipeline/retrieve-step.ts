import type { Metrics } from '../telemetry/metrics.ts';
import type { Retriever } from '../upstreams/retriever.ts';
import type { Step } from './step.ts';

/** Finds the passages that the answer may come from. */
export function retrieveStep(retriever: Retriever, metrics: Pick<Metrics, 'rag_retrieval_duration_seconds'>): Step {
  const duration = metrics.rag_retrieval_duration_seconds.labels({});
  return async (context, next) => {
    const { tenant, request, signal } = context;
    const end = duration.startTimer();
    try {
      context.passages = await retriever.retrieve({ tenant, question: request.question, topK: request.top_k, signal });
    } finally {
      end();
    }
    return next();
  };
}
