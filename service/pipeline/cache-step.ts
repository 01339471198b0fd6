import type { AnswerCache } from '../cache/answer-cache.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import { keyNow } from './key-step.ts';
import type { Answer, RequestContext, Step, WorkContext } from './step.ts';

/** What the cache step works with. */
export interface CacheStepParts {
  readonly cache: Pick<AnswerCache<Answer>, 'find'>;
  readonly metrics: Pick<Metrics, 'rag_cache_hits_total'>;
  /** Whether a model could answer the question now. */
  readonly answerable: (context: RequestContext) => boolean;
  /** Renews a stale answer in the background. */
  readonly renew: (context: RequestContext) => void;
}

/**
 * Answers a repeated question from what is stored, without cost. A stale answer is given too: while models answer it is
 * renewed in the background (stale-while-revalidate, RFC 5861), and while they are away it beats none.
 */
export function cacheStep({ cache, metrics, answerable, renew }: CacheStepParts): Step<RequestContext> {
  const hits = metrics.rag_cache_hits_total.labels({});
  return async (context, next) => {
    const stored = await context.trace.run('cache', async (trace) => {
      const found = await cache.find(context.key);
      trace.note(() => ({
        'ballast.cache.hit': found !== undefined,
        ...(found && { 'ballast.cache.fresh': found.fresh }),
      }));
      return found;
    });
    if (!stored) return next();
    hits.inc();
    const current = stored.fresh || answerable(context);
    if (!stored.fresh && current) renew(context);
    const free = { cached: true, tokens: { input: 0, output: 0 }, cost_usd: 0 } as const;
    return { ...stored.answer, ...free, degradation: current ? 'full' : 'cached' };
  };
}

/**
 * Stores what is complete, once for all who wait for it. What comes after everyone has left is not stored, nor what was
 * made while the documents changed: it may be from those that its key does not stand for.
 */
export function storeStep(
  cache: Pick<AnswerCache<Answer>, 'store'>,
  store: Pick<DocumentStore, 'version'>,
): Step<WorkContext> {
  return async (context, next) => {
    const answer = await next();
    const { question, trace, key, signal } = context;
    if (answer.complete && (await keyNow(store, question, trace)) === key && !signal.aborted) cache.store(key, answer);
    return answer;
  };
}
