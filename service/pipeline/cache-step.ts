import type { MemoryCache } from '../cache/memory-cache.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import type { Answer, QueryContext, Step } from './step.ts';

/**
 * Answers a repeated question from memory, without cost. The key holds the tenant, and the version of what the tenant
 * can find, so that no answer crosses tenants and none outlives its documents.
 */
export function cacheStep(
  cache: MemoryCache<Answer>,
  store: Pick<DocumentStore, 'version'>,
  metrics: Pick<Metrics, 'rag_cache_hits_total'>,
): Step {
  const hits = metrics.rag_cache_hits_total.labels({});
  return async (context, next) => {
    const key = keyOf(context, await store.version(context.tenant));
    const stored = cache.get(key);
    if (stored) {
      hits.inc();
      return { ...stored, cached: true, tokens: { input: 0, output: 0 }, cost_usd: 0 };
    }
    const answer = await next();
    if (!context.signal.aborted) cache.set(key, answer);
    return answer;
  };
}

function keyOf({ tenant, request }: QueryContext, version: string): string {
  const question = request.question.normalize('NFC').replace(/\s+/g, ' ').trim();
  return JSON.stringify([tenant, version, question, request.mode, request.top_k]);
}
