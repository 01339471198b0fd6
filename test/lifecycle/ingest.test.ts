import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalStack } from './local-stack.ts';

let stack: LocalStack;
let token: string;
beforeAll(async () => {
  stack = await LocalStack.create();
  await stack.command('up');
  token = await stack.token();
});
afterAll(() => stack.dispose());

/** Writes files below a folder of the stack's own; returns the folder. */
function folderOf(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(stack.folder, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

describe('ingesting a folder', () => {
  test('stores Markdown, text and PDF, each answered from, and nothing twice', async () => {
    const folder = folderOf('zoo', {
      'cats.md': '# Cats\n\nCats purr when they are content.',
      'deep/dogs.txt': 'Dogs wag their tails when they are glad.',
      'owls.pdf': pdfOf('Owls turn their heads by 270 degrees.'),
    });
    const first = await stack.command('ingest', folder);
    expect(first.stdout).toContain('3 created, 0 replaced, 0 unchanged, 0 failed, 0 skipped');
    expect(first.code).toBe(0);
    expect((await stack.ask('When do cats purr?', token)).citations[0]?.id).toBe('zoo/cats.md#cats');
    expect((await stack.ask('When do dogs wag their tails?', token)).citations[0]?.id).toBe('zoo/deep/dogs.txt');
    expect((await stack.ask('How far do owls turn their heads?', token)).answer).toContain('270 degrees');

    writeFileSync(join(folder, 'cats.md'), '# Cats\n\nCats hiss when they are cross.');
    const second = await stack.command('ingest', folder);
    expect(second.stdout).toContain('0 created, 1 replaced, 2 unchanged, 0 failed, 0 skipped');
    expect((await stack.ask('When do cats purr?', token)).answer).not.toContain('content');
  });

  test('of binary files: says what was skipped, and that there was nothing', async () => {
    const folder = folderOf('photos', {
      'a.png': new Uint8Array([0x89, 0x50, 0, 1]),
      'b.exe': new Uint8Array([0, 1, 2]),
    });
    const { code, stdout, stderr } = await stack.command('ingest', folder);
    expect(code).toBe(1);
    expect(stdout).toContain('Skipped, neither Markdown, text nor PDF: photos/a.png, photos/b.exe');
    expect(stderr).toContain('There was nothing to ingest.');
  });

  test('of good files and bad ones: names each bad one with its reason, and keeps the good', async () => {
    const folder = folderOf('mixed', {
      'good.md': '# Axolotls\n\nAxolotls regrow their legs.',
      'binary.txt': new Uint8Array([72, 0, 72]),
      'latin1.txt': new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
      'empty.md': '',
      'huge.txt': 'x'.repeat(1_100_000),
      'broken.pdf': 'not a PDF',
    });
    const { code, stdout, stderr } = await stack.command('ingest', folder);
    expect(code).toBe(1);
    expect(stdout).toContain('1 created, 0 replaced, 0 unchanged, 5 failed, 0 skipped');
    expect(stderr).toContain('mixed/binary.txt: is binary, not text');
    expect(stderr).toContain('mixed/latin1.txt: is not UTF-8 text');
    expect(stderr).toContain('mixed/empty.md: text: must not be empty');
    expect(stderr).toContain('mixed/huge.txt: is larger than 1048576 bytes as a request; split it');
    expect(stderr).toContain('mixed/broken.pdf: ');
    expect((await stack.ask('What do axolotls regrow?', token)).answer).toContain('legs');
  });

  test('that does not exist, or none at all, is said', async () => {
    const nowhere = await stack.command('ingest', join(stack.folder, 'nowhere'));
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: `There is no file or folder ${join(stack.folder, 'nowhere')}.\n`,
    });
    const none = await stack.command('ingest');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('Name files or folders');
  });

  test('with a token that may not: says which scope is missing', async () => {
    const folder = folderOf('secret', { 'a.md': '# A\n\nText.' });
    const { code, stderr } = await stack.command('ingest', folder, '--token', await stack.token('--scope', 'query'));
    expect(code).toBe(1);
    expect(stderr).toContain('secret/a.md: the token lacks the scope ingest; it has: query');
  });
});

/** The smallest PDF with one line of text: a catalogue, a page, a font and a content stream (ISO 32000-1, annex H). */
function pdfOf(line: string): Uint8Array {
  const content = `BT /F1 12 Tf 72 720 Td (${line}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let pdf = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = pdf.length;
    pdf += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = pdf.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  pdf += `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new TextEncoder().encode(pdf);
}
