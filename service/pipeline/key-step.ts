import type { Trace } from '../telemetry/trace.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import { keyOf } from './question-key.ts';
import type { Question, RequestContext, Step } from './step.ts';

/** What a question is the same by, as the documents are now. */
export async function keyNow(
  store: Pick<DocumentStore, 'version'>,
  question: Question,
  trace?: Trace,
): Promise<string> {
  return keyOf(question, question.kind === 'query' ? await store.version(question.tenant, trace) : '');
}

/** Finds out what the question is the same by. */
export function keyStep(store: Pick<DocumentStore, 'version'>): Step<RequestContext> {
  return async (context, next) => {
    context.key = await keyNow(store, context.question, context.trace);
    return next();
  };
}
