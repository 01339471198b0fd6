import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkDocument } from './chunker.ts';

const maxLength = 1_000;

const markdown = (text: string) => chunkDocument(text, 'markdown');
const textsOf = (text: string) => markdown(text).chunks.map((chunk) => chunk.text);

describe('headings', () => {
  it('cut a document, and stand over what is below them', () => {
    expect(markdown('Before.\n\n# One\n\nFirst.\n\n## Two *and* `a_half`\n\nSecond.\n\n# Three\n\nThird.')).toEqual({
      title: 'One',
      chunks: [
        { anchor: '', headings: [], text: 'Before.' },
        { anchor: 'one', headings: ['One'], text: 'First.' },
        { anchor: 'two-and-a_half', headings: ['One', 'Two and a_half'], text: 'Second.' },
        { anchor: 'three', headings: ['Three'], text: 'Third.' },
      ],
    });
  });

  it('may be underlined, and may skip a level', () => {
    expect(markdown('Title\n=====\n\n### Deep\n\nText.').chunks).toEqual([
      { anchor: 'deep', headings: ['Title', 'Deep'], text: 'Text.' },
    ]);
  });

  it('of the same name have different anchors', () => {
    const anchors = markdown('# Use\n\na\n\n# Use\n\nb\n\n## Use!\n\nc').chunks.map(({ anchor }) => anchor);
    expect(anchors).toEqual(['use', 'use-1', 'use-2']);
  });

  it('have anchors in any language', () => {
    expect(markdown('# Über Größe: 100 %\n\na\n\n# 日本語\n\nb').chunks.map(({ anchor }) => anchor)).toEqual([
      'über-größe-100-',
      '日本語',
    ]);
  });

  it('are none in plain text', () => {
    expect(chunkDocument('# One\n\nFirst\nline.', 'text')).toEqual({
      title: undefined,
      chunks: [{ anchor: '', headings: [], text: '# One\nFirst line.' }],
    });
  });
});

describe('blocks', () => {
  it('lose their marks, and nothing else', () => {
    expect(
      textsOf('Some *emphasised* **strong** ~~struck~~ `code`, a [link ](https://x.example)and ![a picture](p.png).'),
    ).toEqual(['Some emphasised strong struck code, a link and a picture.']);
  });

  it('of one paragraph become one line', () => {
    expect(textsOf('first\nsecond  \nthird\\\nfourth')).toEqual(['first second third fourth']);
  });

  it('of a list are a line each', () => {
    expect(textsOf('- one\n- two\n  - three\n\n    more of three\n- [ ] four')).toEqual([
      'one\ntwo\nthree\nmore of three\nfour',
    ]);
  });

  it('of a quotation are its lines', () => {
    expect(textsOf('> quoted\n>\n> - item')).toEqual(['quoted\nitem']);
  });

  it('of code stay as they are', () => {
    expect(textsOf('```sh\nif true; then\n  echo "<b> & *x*"\nfi\n```')).toEqual([
      'if true; then\n  echo "<b> & *x*"\nfi',
    ]);
  });

  it('of a table become a sentence for each row', () => {
    const table =
      '| Name | Default | Meaning |\n|---|---|---|\n| `PORT` | 8000 | TCP port. |\n| HOST | | An<br>address |';
    expect(textsOf(table)).toEqual(['PORT: default 8000; meaning TCP port.\nHOST: meaning An address.']);
    expect(textsOf('| A | B |\n|-|-|\n| x | One. Two. |')).toEqual(['x: b One; Two.']);
  });

  it('of HTML keep their text, without tags, comments and scripts', () => {
    const html = '<details>\n<summary>More &amp; more</summary>\nHidden text\n</details>\n\n<!-- a\nnote -->\n\n';
    expect(textsOf(`${html}<script>\nalert(1)\n</script>\n\nA<br/>line with <b>bold</b> text.`)).toEqual([
      'More & more\nHidden text\nA line with bold text.',
    ]);
  });

  it('of nothing but marks give no passage', () => {
    expect(markdown('---\n\n<!-- nothing -->\n\n[ref]: https://x.example').chunks).toEqual([]);
    expect(markdown('').chunks).toEqual([]);
    expect(chunkDocument(' \n\n ', 'text').chunks).toEqual([]);
  });
});

describe('a heading', () => {
  it('is cut where it is longer than a line, since each passage below carries it', () => {
    const { title, chunks } = markdown(`# ${'long '.repeat(100_000)}\n\nText.`);
    expect(title).toHaveLength(200);
    expect(chunks[0]?.headings[0]).toHaveLength(200);
  });

  it('is the text of a document that has nothing else', () => {
    expect(markdown('# Cats rule\n\n## Dogs obey').chunks).toEqual([
      { anchor: '', headings: [], text: 'Cats rule\nDogs obey' },
    ]);
  });
});

describe('hostile text of a megabyte', () => {
  it('is read as plain text where finding its links would take seconds', () => {
    expect(markdown(`# Title\n\n${'['.repeat(50_000)}`).title).toBe('Title');
    expect(markdown(`# Title\n\n${'['.repeat(50_001)}`).title).toBeUndefined();
  });

  // A parser whose time grows with the square of the text takes minutes for each of these.
  it.each([
    ['emphasis', '_a'.repeat(500_000)],
    ['brackets', '['.repeat(500_000)],
    ['a few brackets fewer', '['.repeat(49_999)],
    ['pictures', '!['.repeat(300_000)],
    ['quotations', '>'.repeat(500_000)],
    ['nested lists', Array.from({ length: 1_400 }, (_, depth) => `${' '.repeat(depth)}- a`).join('\n')],
    ['comments', '<!--'.repeat(250_000)],
    ['tags', '<a '.repeat(300_000)],
    ['one line', 'x'.repeat(1_000_000)],
  ])('such as %s is cut like any other', { timeout: 30_000 }, (_what, text) => {
    const { chunks } = markdown(text);
    expect(chunks.every((chunk) => chunk.text.length <= maxLength)).toBe(true);
  });
});

describe('length', () => {
  it('of a passage goes over several blocks, but not over its limit', () => {
    const paragraph = 'word '.repeat(80).trim();
    const chunks = textsOf(Array.from({ length: 5 }, () => paragraph).join('\n\n'));
    expect(chunks).toEqual([`${paragraph}\n${paragraph}`, `${paragraph}\n${paragraph}`, paragraph]);
  });

  it('of a long line is cut between words', () => {
    const chunks = textsOf('seventeen-letters '.repeat(200));
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk).toMatch(/^(seventeen-letters ?)+$/);
    expect(chunks.join(' ')).toBe('seventeen-letters '.repeat(200).trim());
  });

  it('of a word without end is cut between characters', () => {
    const chunks = textsOf(`a${'🐧'.repeat(1_200)}`);
    expect(chunks.every((chunk) => chunk.isWellFormed() && chunk.length <= maxLength)).toBe(true);
    expect(chunks.join('')).toBe(`a${'🐧'.repeat(1_200)}`);
  });
});

describe('depth', () => {
  it.each([
    ['quotations', `${'>'.repeat(20_000)} deep`],
    ['lists', `${'- '.repeat(3_000)}deep`],
  ])('of %s beyond any sense is read as plain text', (_what, text) => {
    const { chunks } = markdown(text);
    expect(chunks.at(-1)?.text).toContain('deep');
    expect(chunks.every((chunk) => chunk.text.length <= maxLength)).toBe(true);
  });
});

describe('any document', () => {
  const word = fc.stringMatching(/^[a-zA-Zäß茶]{1,12}$/).filter((text) => text !== '');
  const words = fc.array(word, { minLength: 1, maxLength: 60 }).map((list) => list.join(' '));
  const block = fc.oneof(
    words,
    words.map((text) => `- ${text}`),
    words.map((text) => `> ${text}`),
    words.map((text) => `*${text}*`),
    words.map((text) => `**${text}** and [${text}](https://x.example/y)`),
    words.map((text) => `\`\`\`\n${text}\n\`\`\``),
    words.map((text) => `1. ${text}\n2. ${text}`),
    words.map((text) => `<div>\n${text}\n</div>`),
    fc.tuple(word, words).map(([name, text]) => `| a | b |\n|---|---|\n| ${name} | ${text} |`),
    word.map((text) => `## ${text}`),
  );
  const wordsIn = (text: string) => text.match(/\p{L}+/gu) ?? [];

  it('loses no word', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 12 }), (blocks) => {
        const text = `${blocks.join('\n\n')}\n\nend`;
        const kept = new Set(
          markdown(text).chunks.flatMap((chunk) => [...chunk.headings.flatMap(wordsIn), ...wordsIn(chunk.text)]),
        );
        const markup = new Set(['div', 'https', 'x', 'example', 'y', 'a', 'b']);
        // A heading with nothing below it stands over no passage.
        const source = text.replace(/^## .*$(?=\n\n## )/gm, '');
        for (const one of wordsIn(source)) if (!markup.has(one)) expect(kept).toContain(one);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the words of plain text, in order', () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1 }), (paragraphs) => {
        const text = paragraphs.join('\n\n');
        const kept = chunkDocument(text, 'text').chunks.flatMap((chunk) => chunk.text.split(/\s+/));
        expect(kept).toEqual(text.split(/\s+/));
      }),
    );
  });

  it('gives passages that are not empty, within the limit and well-formed Unicode', () => {
    const character = fc.oneof(
      fc.constantFrom('#', '*', '|', '-', '>', '`', '\n', ' ', '[', ']', '<', '🐧'),
      fc.string(),
    );
    const anything = fc.array(character, { maxLength: 3_000 }).map((parts) => parts.join('').toWellFormed());
    fc.assert(
      fc.property(anything, fc.constantFrom('markdown' as const, 'text' as const), (text, format) => {
        for (const chunk of chunkDocument(text, format).chunks) {
          expect(chunk.text.trim()).not.toBe('');
          expect(chunk.text.length).toBeLessThanOrEqual(maxLength);
          expect(chunk.text.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has as many anchors as sections', () => {
    const heading = fc.constantFrom('Use', 'use', 'Use 1', 'use-1', 'Use!', 'Other');
    fc.assert(
      fc.property(fc.array(heading, { minLength: 1, maxLength: 8 }), (headings) => {
        const text = headings.map((each) => `# ${each}\n\ntext`).join('\n\n');
        const anchors = markdown(text).chunks.map(({ anchor }) => anchor);
        expect(new Set(anchors).size).toBe(headings.length);
      }),
    );
  });
});
