import type { DocumentStore } from '../upstreams/document-store.ts';
import { keyOf } from './question-key.ts';
import type { RequestContext, Step } from './step.ts';

/** Finds out what the question is the same by. */
export function keyStep(store: Pick<DocumentStore, 'version'>): Step<RequestContext> {
  return async (context, next) => {
    const { question } = context;
    const version = question.kind === 'query' ? await store.version(question.tenant) : '';
    context.key = keyOf(question, version);
    return next();
  };
}
