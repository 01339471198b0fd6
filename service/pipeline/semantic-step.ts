import type { SemanticCache } from '../cache/semantic-cache.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import { partitionOf } from './question-key.ts';
import type { Answer, Step, WorkContext } from './step.ts';

/**
 * Gives the stored answer to a question of nearly the same meaning. Only questions of one tenant, schema, variant and
 * mode, over the same documents, share answers. Off by default.
 */
export function semanticStep(cache: SemanticCache<Answer>, store: Pick<DocumentStore, 'version'>): Step<WorkContext> {
  return async (context, next) => {
    const { question, trace, signal } = context;
    if (question.kind !== 'query') return next();
    const partition = partitionOf(question, await store.version(question.tenant, trace));
    const found = await trace.run('semantic_cache', async (span) => {
      const nearest = await cache.find(partition, question.text, signal, span);
      span.note(() => ({ 'ballast.cache.hit': nearest.answer !== undefined }));
      return nearest;
    });
    if (found.answer && !context.renewal)
      return { ...found.answer, cached: true, tokens: { input: 0, output: 0 }, cost_usd: 0, complete: false };
    const answer = await next();
    if (answer.complete && !signal.aborted) found.store(answer);
    return answer;
  };
}
