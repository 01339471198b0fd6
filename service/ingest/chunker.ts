import { marked, type Token, type Tokens } from 'marked';

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

/** Part of a document's hash, so that a better chunker re-ingests what an older one had cut. */
export const chunkerVersion = 2;

/**
 * Characters of a passage at most, about 250 tokens: a few paragraphs, well inside the 512 tokens that small embedding
 * models read. A longer line is cut between words.
 */
const maxChunkLength = 1_000;

/** Cuts a document at its headings, and long sections between blocks. */
export function chunkDocument(text: string, format: DocumentFormat): ChunkedDocument {
  if (format === 'text') return { title: undefined, chunks: chunkText(text) };
  try {
    return chunkMarkdown(text);
  } catch (error) {
    // The parser is recursive: thousands of nested quotes or lists are more than its stack. They are text then.
    if (!(error instanceof RangeError)) throw error;
    return { title: undefined, chunks: chunkText(text) };
  }
}

function chunkText(text: string): Chunk[] {
  const lines = text.split(/\r?\n\s*\r?\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim());
  return pack(lines).map((packed) => ({ anchor: '', headings: [], text: packed }));
}

function chunkMarkdown(text: string): ChunkedDocument {
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

  for (const token of marked.lexer(text)) {
    if (token.type === 'heading') {
      flush();
      const { depth } = token as Tokens.Heading;
      const heading = inlineText(token);
      title ??= heading;
      path = [...path.filter((above) => above.depth < depth), { depth, heading }];
      anchor = uniqueSlug(heading, anchors);
    } else {
      lines.push(...blockLines(token));
    }
  }
  flush();
  return { title, chunks };
}

/** The lines of a block as plain text. */
function blockLines(token: Token): string[] {
  switch (token.type) {
    case 'space':
    case 'hr':
    case 'def':
      return [];
    case 'html':
      return htmlLines((token as Tokens.HTML).text);
    case 'code':
      return [(token as Tokens.Code).text];
    case 'list':
      return (token as Tokens.List).items.flatMap((item) => item.tokens.flatMap(blockLines));
    case 'blockquote':
      return (token as Tokens.Blockquote).tokens.flatMap(blockLines);
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      const names = header.map((cell) => inlineText(cell));
      return rows.map((row) =>
        tableRow(
          names,
          row.map((cell) => inlineText(cell)),
        ),
      );
    }
    default:
      return [inlineText(token)];
  }
}

/** A row as a sentence that stands alone: `PORT: Default: 8000. Meaning: TCP port to listen on.` */
function tableRow(names: readonly string[], cells: readonly string[]): string {
  const [subject = '', ...rest] = cells;
  const facts = rest
    .map((cell, index) => ({ name: names[index + 1] ?? '', cell: cell.replace(/[.;]$/, '') }))
    .filter(({ cell }) => cell !== '')
    .map(({ name, cell }) => (name ? `${name.toLowerCase()} ${cell}` : cell));
  return facts.length === 0 ? subject : `${subject}: ${facts.join('; ')}.`;
}

/** What a browser would show of HTML between Markdown: not its tags, comments, scripts and styles. */
function htmlLines(html: string): string[] {
  return html
    .replace(/<!--[^]*?(-->|$)|<(script|style)\b[^]*?(<\/\2\s*>|$)/gi, ' ')
    .replace(/<\/?[a-z][^<>]*>/gi, ' ')
    .split('\n')
    .map((line) => unescapeHtml(line).replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}

/** Text of a block or a table cell without its marks: emphasis, code ticks, link addresses. */
function inlineText(token: Token | Tokens.TableCell): string {
  return markless(token).replace(/\s+/g, ' ').trim();
}

function markless(token: Token | Tokens.TableCell): string {
  const children = 'tokens' in token ? token.tokens : undefined;
  if (children) return children.map((child) => markless(child)).join('');
  if ('type' in token && token.type === 'br') return ' ';
  if ('type' in token && token.type === 'html') return /^<br\b/i.test(token.raw) ? ' ' : '';
  return 'text' in token ? unescapeHtml(String(token.text)) : '';
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescapeHtml(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '');
}

function uniqueSlug(heading: string, taken: Map<string, number>): string {
  const slug = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .trim()
    .replace(/ /g, '-');
  const seen = taken.get(slug) ?? 0;
  taken.set(slug, seen + 1);
  return seen === 0 ? slug : `${slug}-${seen}`;
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
