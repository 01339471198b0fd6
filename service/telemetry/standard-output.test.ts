import { afterEach, beforeEach, expect, it } from 'vitest';
import { StandardOutput } from './standard-output.ts';
import { outputDisk, type OutputDisk } from './testing.ts';

let disk: OutputDisk;
beforeEach(() => {
  disk = outputDisk();
});
afterEach(() => {
  disk.remove();
});

/** A line of 1,000 bytes. */
const line = (n: number) => `${String(n).padEnd(999, '.')}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));

it('writes each line at once', () => {
  const output = new StandardOutput();
  output.write('a\n');
  expect(disk.text).toBe('a\n');
});

it('holds what it cannot write, says so once, and writes it before the next line that can be', () => {
  const output = new StandardOutput();
  disk.full = true;
  for (const each of lines(1, 100)) output.write(each);
  expect(disk.text).toBe('');
  expect(disk.complaints).toEqual(['the log cannot be written: ENOSPC: no space left on device, write']);
  disk.full = false;
  output.write(line(101));
  expect(disk.text).toBe(lines(1, 101).join(''));
});

it('holds 1 MB at most, and writes again when it can be written, however much was lost', () => {
  const output = new StandardOutput();
  disk.full = true;
  for (const each of lines(1, 3000)) output.write(each);
  disk.full = false;
  output.write(line(3001)); // There is no room for it before the others are written.
  output.write(line(3002));
  expect(disk.text).toBe([...lines(1, 1048), line(3002)].join(''));
});

it('writes what it holds when asked to, once', () => {
  const output = new StandardOutput();
  disk.full = true;
  for (const each of lines(1, 3)) output.write(each);
  output.writeHeld();
  expect(disk.text).toBe('');
  disk.full = false;
  output.writeHeld();
  output.writeHeld();
  expect(disk.text).toBe(lines(1, 3).join(''));
});
