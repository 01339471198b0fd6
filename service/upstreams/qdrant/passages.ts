import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StoredPassage } from '../document-passages.ts';
import { sharedTenant } from '../document-store.ts';
import type { Filter, Point } from './api.ts';

/** Part of the hash. Raised whenever passages or what is embedded of them are made differently, so that all are stored anew. */
const passageVersion = 1;

/** Number of the passage without text that stands for a document that has none. It is never found. */
export const noChunk = -1;

/** What a point says of its passage and of the document it belongs to. */
export const passagePayload = z.object({
  tenant: z.string(),
  document: z.string(),
  /** Tells one content that was stored under the ID from the next; sorts by when. */
  revision: z.string(),
  hash: z.string(),
  title: z.string(),
  passage_title: z.string(),
  anchor: z.string(),
  text: z.string(),
  chunk: z.int(),
  chunks: z.int(),
  bytes: z.int(),
  updated_at: z.string(),
});

/** What is the same for all points of a document. */
export type DocumentPayload = Pick<
  z.output<typeof passagePayload>,
  'tenant' | 'document' | 'revision' | 'hash' | 'title' | 'bytes' | 'updated_at'
>;

/** The value of `hash` for a document that {@link identify} knows by this one. */
export function hashOf(identity: string): string {
  return createHash('sha256').update(`${passageVersion}:${identity}`).digest('hex').slice(0, 32);
}

/** What is embedded of a passage: the title says what the text is about, often better than the text. */
export function embeddedText({ title, text }: StoredPassage): string {
  return `${title}\n${text}`;
}

/**
 * The points of a document, in order: one for each passage.
 *
 * @param passages never none: a document without any has one of no text, so that it is stored all the same.
 */
export function pointsOf(
  document: DocumentPayload,
  passages: readonly StoredPassage[],
  vectors: readonly Float32Array[],
): Point[] {
  const chunks = passages.filter(({ text }) => text !== '').length;
  return passages.map(({ title, anchor, text }, index) => {
    const chunk = text === '' ? noChunk : index;
    const payload = { ...document, passage_title: title, anchor, text, chunk, chunks };
    return { id: pointId(document, chunk), vector: Array.from(vectors[index] ?? []), payload };
  });
}

/** The same whenever a call is repeated, and none of another revision, so that removing one never touches another. */
function pointId({ tenant, document, revision }: DocumentPayload, chunk: number): string {
  return uuidOf(JSON.stringify([tenant, document, revision, chunk]));
}

/** A UUID made from a name: version 8 (RFC 9562, 5.8), 122 bits of its SHA-256. */
export function uuidOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What belongs to a tenant, and to nobody else. Every write goes through this one. */
export function ownedBy(tenant: string, ...conditions: Condition[]): Filter {
  return { must: [{ key: 'tenant', match: { value: tenant } }, ...conditions] };
}

/** What a tenant can find: its own and the shared. */
export function visibleTo(tenant: string, ...conditions: Condition[]): Filter {
  return { must: [{ key: 'tenant', match: { any: [tenant, sharedTenant] } }, ...conditions] };
}

/** A payload's field has this value, or one of these. */
export interface Condition {
  readonly key: keyof z.output<typeof passagePayload>;
  readonly match:
    { readonly value: string | number } | { readonly any: (string | number)[] } | { except: (string | number)[] };
}

/** The point of each document that is written last: where it is, the document is whole. */
export const isHead: Condition = { key: 'chunk', match: { any: [0, noChunk] } };
