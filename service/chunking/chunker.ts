import { markdownBlocks } from './markdown.ts';

/** A passage of a document, small enough to retrieve and quote. */
export interface Chunk {
  /** Slug of the heading it stands under, as in a link's fragment; empty before the first heading. */
  readonly anchor: string;
  /** The headings above it, outermost first. */
  readonly headings: readonly string[];
  /** Plain text: paragraphs, list items and table rows, a line each. */
  readonly text: string;
}

/** A document cut into passages. */
export interface ChunkedDocument {
  /** Text of the first heading, if there is one. */
  readonly title: string | undefined;
  readonly chunks: readonly Chunk[];
}

/** How headings are found: Markdown's, or none. */
export type DocumentFormat = 'markdown' | 'text';

/**
 * Characters of a passage at most, about 250 tokens: a few paragraphs, well inside the 512 tokens that small embedding
 * models read. A longer line is cut between words.
 */
const maxChunkLength = 1_000;

/** Characters of a heading at most: each passage below it carries it. */
const maxHeadingLength = 200;

/** Cuts a document at its headings, and long sections between blocks. */
export function chunkDocument(text: string, format: DocumentFormat): ChunkedDocument {
  return format === 'markdown' ? chunkMarkdown(text) : { title: undefined, chunks: chunkText(text) };
}

function chunkText(text: string): Chunk[] {
  const lines = text.split(/\r?\n\s*\r?\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim());
  return pack(lines).map((packed) => ({ anchor: '', headings: [], text: packed }));
}

function chunkMarkdown(text: string): ChunkedDocument {
  const blocks = markdownBlocks(text);
  if (blocks === undefined) return { title: undefined, chunks: chunkText(text) };

  const chunks: Chunk[] = [];
  const anchors = new Map<string, number>();
  let title: string | undefined;
  let path: { depth: number; heading: string }[] = [];
  let anchor = '';
  let lines: string[] = [];

  const flush = () => {
    const headings = path.map(({ heading }) => heading);
    for (const packed of pack(lines)) chunks.push({ anchor, headings, text: packed });
    lines = [];
  };

  for (const block of blocks) {
    if (block.depth === undefined) {
      lines.push(...block.lines);
      continue;
    }
    flush();
    const { depth } = block;
    const heading = (block.lines[0] ?? '').slice(0, maxHeadingLength).toWellFormed();
    if (heading !== '') title ??= heading;
    path = [...path.filter((above) => above.depth < depth), { depth, heading }];
    anchor = uniqueSlug(heading, anchors);
  }
  flush();
  // A document of nothing but headings says what they say.
  const onlyHeadings = chunks.length === 0 && title !== undefined;
  return { title, chunks: onlyHeadings ? chunkText(blocks.flatMap((block) => block.lines).join('\n\n')) : chunks };
}

/** A heading's anchor as GitHub makes it, numbered where the document has it already. */
function uniqueSlug(heading: string, taken: Map<string, number>): string {
  const slug = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replace(/ /g, '-');
  let unique = slug;
  for (let number = taken.get(slug) ?? 0; taken.has(unique); number += 1) {
    unique = `${slug}-${number}`;
    taken.set(slug, number + 1);
  }
  taken.set(unique, 1);
  return unique;
}

/** Joins lines into passages of at most {@link maxChunkLength} characters. */
function pack(lines: readonly string[]): string[] {
  const packed: string[] = [];
  let current = '';
  for (const line of lines.flatMap(cutLine)) {
    if (current !== '' && current.length + 1 + line.length > maxChunkLength) {
      packed.push(current);
      current = '';
    }
    current = current === '' ? line : `${current}\n${line}`;
  }
  if (current !== '') packed.push(current);
  return packed;
}

/** Cuts a line that is too long, between words where there are any. */
function cutLine(line: string): string[] {
  const pieces: string[] = [];
  let rest = line.trim();
  while (rest.length > maxChunkLength) {
    const space = rest.lastIndexOf(' ', maxChunkLength);
    let end = space > 0 ? space : maxChunkLength;
    if (isHighSurrogate(rest.charCodeAt(end - 1))) end -= 1;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;
