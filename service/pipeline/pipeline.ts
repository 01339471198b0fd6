import type { MemoryCache } from '../cache/memory-cache.ts';
import type { Lifecycle } from '../resilience/lifecycle.ts';
import type { CostLedger } from '../telemetry/costs.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { SessionCount } from '../telemetry/sessions.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';
import type { Retriever } from '../upstreams/retriever.ts';
import { cacheStep } from './cache-step.ts';
import { defaultVariant, generateStep } from './generate-step.ts';
import { retrieveStep } from './retrieve-step.ts';
import { compose, type Answer, type QueryContext } from './step.ts';

/** What the pipeline works with. */
export interface PipelineParts {
  /** Absent when caching is off. */
  readonly cache: MemoryCache<Answer> | undefined;
  readonly store: DocumentStore;
  readonly retriever: Retriever;
  readonly model: LanguageModel;
  readonly ledger: CostLedger;
  readonly sessions: SessionCount;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
}

/** A question as it enters the pipeline. */
export interface Question extends Pick<QueryContext, 'tenant' | 'request'> {
  /** Time for the answer in milliseconds. */
  readonly timeout: number;
}

/** The way of one question: cache, retrieve, generate. Bounds, counts and times each question as a whole. */
export function createPipeline(parts: PipelineParts): (question: Question) => Promise<Answer> {
  const { cache, store, retriever, model, ledger, sessions, lifecycle, metrics } = parts;
  const answer = compose([
    ...(cache ? [cacheStep(cache, store, metrics)] : []),
    retrieveStep(retriever, metrics),
    generateStep(model, ledger, metrics),
  ]);

  const variant = defaultVariant;
  const ended = {
    success: metrics.rag_queries_total.labels({ status: 'success', variant }),
    cached: metrics.rag_queries_total.labels({ status: 'cached', variant }),
    error: metrics.rag_queries_total.labels({ status: 'error', variant }),
  };
  const active = metrics.rag_active_queries.labels({});
  const duration = metrics.rag_query_duration_seconds.labels({});
  const cost = metrics.rag_query_cost_usd.labels({});

  return async ({ tenant, request, timeout }) => {
    if (request.session_id !== undefined) sessions.touch(tenant, request.session_id);
    active.inc();
    const end = duration.startTimer();
    try {
      const result = await lifecycle.run(timeout, (signal) => answer({ tenant, request, signal, passages: [] }));
      ended[result.cached ? 'cached' : 'success'].inc();
      cost.observe(result.cost_usd);
      return result;
    } catch (error) {
      ended.error.inc();
      throw error;
    } finally {
      end();
      active.dec();
    }
  };
}
