import fs from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StandardOutput } from './standard-output.ts';

const { writeSync } = fs;
const messages: unknown[] = [];
let full: boolean;
let text: string;

// The disk under standard output.
beforeEach(() => {
  full = false;
  text = '';
  messages.splice(0);
  vi.spyOn(console, 'error').mockImplementation((message) => void messages.push(message));
  vi.spyOn(fs, 'writeSync').mockImplementation((fd: number, data: string | Buffer) => {
    if (fd !== 1) return writeSync(fd, String(data));
    if (full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    text += String(data);
    return Buffer.byteLength(data);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A line of 1,000 bytes. */
const line = (n: number) => `${String(n).padEnd(999, '.')}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));

it('writes each line at once', () => {
  const output = new StandardOutput();
  output.write('a\n');
  expect(text).toBe('a\n');
});

it('holds what it cannot write, says so once, and writes it before the next line that can be', () => {
  const output = new StandardOutput();
  full = true;
  for (const each of lines(1, 100)) output.write(each);
  expect(text).toBe('');
  expect(messages).toEqual(['the log cannot be written: ENOSPC: no space left on device, write']);
  full = false;
  output.write(line(101));
  expect(text).toBe(lines(1, 101).join(''));
});

it('holds 1 MB at most, and writes again when it can be written, however much was lost', () => {
  const output = new StandardOutput();
  full = true;
  for (const each of lines(1, 3000)) output.write(each);
  full = false;
  output.write(line(3001)); // There is no room for it before the others are written.
  output.write(line(3002));
  expect(text).toBe([...lines(1, 1048), line(3002)].join(''));
});

it('writes what it holds when asked to, once', () => {
  const output = new StandardOutput();
  full = true;
  for (const each of lines(1, 3)) output.write(each);
  output.writeHeld();
  expect(text).toBe('');
  full = false;
  output.writeHeld();
  output.writeHeld();
  expect(text).toBe(lines(1, 3).join(''));
});
