/** Longest name or sentence from elsewhere that is shown outside of a block, in characters. */
const longest = 200;

/**
 * A text from elsewhere as code within a line of Markdown: no markup, link, image or mention comes of it, and it ends neither the
 * code, nor the line, nor a cell of a table.
 */
export function code(text: string): string {
  // No name has them, and how a backslash and a pipe in a cell are read differs from parser to parser.
  const plain = oneLine(text).replaceAll(/[|\\]/g, '�');
  if (plain === '') return '` `';
  const fence = '`'.repeat(longestRun(plain) + 1);
  const space = /^[` ]|[` ]$/.test(plain) ? ' ' : '';
  return fence + space + plain + space + fence;
}

/** The same within HTML, where Markdown is not read: in a `<summary>`. */
export const htmlCode = (text: string): string => `<code>${htmlText(oneLine(text))}</code>`;

/** A text from elsewhere in a block of code, whose fence is longer than any in the text. */
export function fenced(text: string, language: string): string {
  const plain = visible(text).replaceAll(/\r\n?/g, '\n');
  const fence = '`'.repeat(Math.max(3, longestRun(plain) + 1));
  return `${fence}${language}\n${plain}\n${fence}`;
}

/** The beginning of a text that is too long, and how much is left out. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  if (characters.length <= most) return text;
  return `${characters.slice(0, most).join('')} … (${characters.length - most} characters left out)`;
}

const oneLine = (text: string) =>
  shortened(
    visible(text)
      .trim()
      .replaceAll(/[\r\n]+/g, ' ⏎ ')
      .replaceAll('\t', ' '),
    longest,
  );

/** Characters that turn, hide or break text as their numbers: what is read is what is there. */
const visible = (text: string) =>
  text
    .toWellFormed()
    .replaceAll(
      /[^\P{C}\n\r\t]|[\u2028\u2029]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );

const htmlText = (text: string) =>
  text.replaceAll(/[&<>"'`*_[\]@#:|\\]/g, (character) => `&#${character.charCodeAt(0)};`);

const longestRun = (text: string) => Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
