import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { needsNoLibrary } from './static-program.ts';

/** A program as elf(5) describes it, of parts of these types. */
function programOf(types: readonly number[]): string {
  const [header, size] = [64, 56];
  const program = Buffer.alloc(header + types.length * size);
  program.writeBigUInt64LE(BigInt(header), 32);
  program.writeUInt16LE(size, 54);
  program.writeUInt16LE(types.length, 56);
  for (const [index, type] of types.entries()) program.writeUInt32LE(type, header + index * size);
  const folder = mkdtempSync(join(tmpdir(), 'ballast-elf-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'program'), program);
  return join(folder, 'program');
}

const [load, interpreter, note] = [1, 3, 4] as const;

test('a program of which no part names a loader needs no library', () => {
  expect(needsNoLibrary(programOf([load, load, note]))).toBe(true);
});

test('a program of which a part names a loader needs libraries', () => {
  expect(needsNoLibrary(programOf([note, interpreter, load]))).toBe(false);
});

test.skipIf(process.platform !== 'linux')('the program that runs this needs libraries', () => {
  expect(needsNoLibrary(process.execPath)).toBe(false);
});
