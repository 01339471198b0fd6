import MarkdownIt, { type Token } from 'markdown-it';

/** A block of a Markdown document as plain text. */
export interface MarkdownBlock {
  /** Level of a heading, 1 to 6; nothing for any other block. */
  readonly depth?: number;
  /** A heading's one line; a paragraph, list item, table row or line of HTML each. */
  readonly lines: readonly string[];
}

/** Blocks inside blocks that the parser follows; what is deeper it would leave out. */
const maxNesting = 100;

/** Brackets that may open a link: beyond these, looking for where each closes takes seconds. */
const maxBrackets = 50_000;

/** CommonMark with tables and strike-through. Its time grows with the text, whatever a tenant sends. */
const parser = new MarkdownIt({ html: true }).set({ maxNesting });

/** The blocks of a document in order; `undefined` where it is no document that a person would write. */
export function markdownBlocks(text: string): readonly MarkdownBlock[] | undefined {
  if (text.split('[', maxBrackets + 2).length > maxBrackets + 1) return undefined;
  const tokens = parser.parse(text, {});
  if (tokens.some(({ level }) => level >= maxNesting - 2)) return undefined;

  const blocks: MarkdownBlock[] = [];
  let names: string[] = [];
  let row: string[] | undefined;
  for (const [index, token] of tokens.entries()) {
    switch (token.type) {
      case 'tr_open':
        row = [];
        break;
      case 'thead_close':
        names = row ?? [];
        row = undefined;
        break;
      case 'tr_close':
        if (tokens[index + 1]?.type === 'thead_close') break;
        blocks.push({ lines: [tableRow(names, row ?? [])] });
        row = undefined;
        break;
      case 'inline':
        if (row) row.push(inlineText(token));
        else blocks.push(textBlock(token, tokens[index - 1], tokens[index - 2]));
        break;
      case 'fence':
      case 'code_block':
        blocks.push({ lines: [token.content.trimEnd()] });
        break;
      case 'html_block':
        blocks.push({ lines: htmlLines(token.content) });
        break;
    }
  }
  return blocks;
}

/** A heading, a paragraph or a list item. A heading inside a quotation or a list is a line like any other. */
function textBlock(inline: Token, opening: Token | undefined, container: Token | undefined): MarkdownBlock {
  const line = inlineText(inline);
  if (opening?.type === 'heading_open' && opening.level === 0)
    return { depth: Number(opening.tag.slice(1)), lines: [line] };
  return { lines: [container?.type === 'list_item_open' ? line.replace(/^\[[ xX]\] /, '') : line] };
}

/** A row as a sentence that stands alone: `PORT: default 8000; meaning TCP port to listen on.` */
function tableRow(names: readonly string[], cells: readonly string[]): string {
  const [subject = '', ...rest] = cells;
  const facts = rest
    // A full stop inside a cell would cut the sentence.
    .map((cell, index) => ({ name: names[index + 1] ?? '', cell: cell.replace(/[.;]$/, '').replace(/\. /g, '; ') }))
    .filter(({ cell }) => cell !== '')
    .map(({ name, cell }) => (name ? `${name.toLowerCase()} ${cell}` : cell));
  return facts.length === 0 ? subject : `${subject}: ${facts.join('; ')}.`;
}

/** Text of a block or a table cell without its marks: emphasis, code ticks, link addresses. */
function inlineText({ children }: Token): string {
  return (children ?? []).map(markless).join('').replace(/\s+/g, ' ').trim();
}

function markless({ type, content }: Token): string {
  switch (type) {
    case 'softbreak':
    case 'hardbreak':
      return ' ';
    case 'html_inline':
      return /^<br\b/i.test(content) ? ' ' : '';
    default:
      return content;
  }
}

/** What a browser would show of HTML between Markdown: not its tags, comments, scripts and styles. */
function htmlLines(html: string): string[] {
  return html
    .replace(/<!--[^]*?(-->|$)|<(script|style)\b[^]*?(<\/\2\s*>|$)/gi, ' ')
    .replace(/<\/?[a-z][^<>]*>/gi, ' ')
    .split('\n')
    .map((line) => parser.utils.unescapeAll(line).replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}
