import type { Question } from './step.ts';

/**
 * What makes two questions the same: cache and single flight use it. It holds the tenant, and the version of what the
 * tenant can find, so that no answer crosses tenants and none outlives its documents.
 *
 * @param version of the tenant's documents; see `DocumentStore.version`.
 */
export function keyOf(question: Question, version: string): string {
  const { kind, text } = question;
  // Space means nothing in a question, but may in what a plain call is given, such as code.
  const same = kind === 'query' ? text.normalize('NFC').replace(/\s+/g, ' ').trim() : text;
  return JSON.stringify([...partition(question, version), same]);
}

/** All of {@link keyOf} but the text: what questions of one meaning must have in common to share an answer. */
export function partitionOf(question: Question, version: string): string {
  return JSON.stringify(partition(question, version));
}

function partition({ kind, tenant, mode, topK, variant, model, schema }: Question, version: string) {
  return [tenant, kind, version, mode, topK, variant, model ?? null, schema ?? null];
}
