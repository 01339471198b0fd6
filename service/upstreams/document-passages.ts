import { createHash } from 'node:crypto';
import { chunkDocument } from '../chunking/chunker.ts';
import { TooManyPassagesError, type NewDocument } from './document-store.ts';

/** Passages of one document at most: a megabyte of prose has about 1,000. */
const maxPassages = 2_000;

/** Characters of a passage's title at most. */
const maxTitleLength = 300;

/** What a document is known by. */
export interface DocumentIdentity {
  readonly id: string;
  /** Changes with the text, the title that it came with, and the way it is read. */
  readonly hash: string;
}

/** A passage as it is stored: found by its title and text, quoted by its text. */
export interface StoredPassage {
  /** Slug of its heading; empty before the first one. */
  readonly anchor: string;
  readonly title: string;
  readonly text: string;
}

/** A document's ID, its content hash unless it has one, and the hash that tells whether it has changed. */
export function identify({ id, text, format, title = '' }: NewDocument): DocumentIdentity {
  const contentHash = createHash('sha256').update(text).digest('hex');
  return { id: id ?? contentHash.slice(0, 32), hash: `${contentHash}:${format}:${title}` };
}

/**
 * Cuts a document into passages.
 *
 * @param id its title when it has none.
 * @throws {TooManyPassagesError} when it is too long.
 */
export function passagesOf(document: NewDocument, id: string): { title: string; passages: StoredPassage[] } {
  const chunked = chunkDocument(document.text, document.format);
  if (chunked.chunks.length > maxPassages) throw new TooManyPassagesError(chunked.chunks.length);
  const title = document.title ?? chunked.title ?? id;
  const passages = chunked.chunks.map(({ anchor, headings, text }) => ({
    anchor,
    title: passageTitle(title, headings),
    text,
  }));
  return { title, passages };
}

/** `Configuration: Caching` for a passage under a heading of its own, the document's title alone otherwise. */
function passageTitle(title: string, headings: readonly string[]): string {
  const own = headings.filter((heading) => heading !== title);
  const full = own.length === 0 ? title : `${title}: ${own.join(', ')}`;
  return full.slice(0, maxTitleLength).toWellFormed();
}
