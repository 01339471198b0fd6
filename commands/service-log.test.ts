import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogReader, logFrom, logSize, startOfLastLines } from './service-log.ts';

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-log-'));
  log = join(folder, 'api.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');

/** What the service does with a full log: the oldest of three files goes. */
function rotate(): void {
  rmSync(`${log}.2`, { force: true });
  for (const [from, to] of [
    ['.1', '.2'],
    ['', '.1'],
  ] as const) {
    if (logSize(`${log}${from}`) > 0) renameSync(`${log}${from}`, `${log}${to}`);
  }
  writeFileSync(log, '');
}

/** Everything that a reader has now. */
function rest(reader: LogReader): string {
  let text = '';
  for (let bytes = reader.read(); bytes.length > 0; bytes = reader.read()) text += bytes.toString();
  return text;
}

describe('a reader of the log', () => {
  it('goes on where it was, line by line', () => {
    writeFileSync(log, lines(1, 3));
    const reader = new LogReader(log, { path: log, from: logSize(log) });
    expect(rest(reader)).toBe('');
    appendFileSync(log, lines(4, 5));
    expect(rest(reader)).toBe(lines(4, 5));
    expect(rest(reader)).toBe('');
  });

  it('reads the end of a file that has been rotated, then the new one', () => {
    writeFileSync(log, lines(1, 3));
    const reader = new LogReader(log, { path: log, from: 0 });
    expect(rest(reader)).toBe(lines(1, 3));
    appendFileSync(log, lines(4, 4));
    rotate();
    appendFileSync(log, lines(5, 40_000));
    expect(rest(reader)).toBe(lines(4, 40_000));
  });

  it('misses nothing of two rotations at once', () => {
    writeFileSync(log, lines(1, 1));
    const reader = new LogReader(log, { path: log, from: 0 });
    for (const n of [2, 3]) {
      rotate();
      appendFileSync(log, lines(n, n));
    }
    expect(rest(reader)).toBe(lines(1, 3));
  });

  it('goes on with the oldest file when its own has been removed', () => {
    writeFileSync(log, lines(1, 1));
    const reader = new LogReader(log, { path: log, from: 0 });
    for (const n of [2, 3, 4, 5]) {
      rotate();
      appendFileSync(log, lines(n, n));
    }
    expect(rest(reader)).toBe(lines(1, 1) + lines(3, 5));
  });

  it('begins anew in a log that somebody emptied', () => {
    writeFileSync(log, lines(1, 3));
    const reader = new LogReader(log, { path: log, from: logSize(log) });
    truncateSync(log);
    appendFileSync(log, lines(9, 9));
    expect(rest(reader)).toBe(lines(9, 9));
  });

  it('minds no other file of the folder', () => {
    writeFileSync(log, lines(1, 1));
    for (const name of ['api.log.gz', 'api.log.1.bak', 'api.crash.txt', 'xapi.log.1']) {
      writeFileSync(join(folder, name), 'other\n');
    }
    expect(rest(new LogReader(log, startOfLastLines(log, 10)))).toBe(lines(1, 1));
  });
});

describe('the last lines', () => {
  beforeEach(() => {
    writeFileSync(log, lines(1, 3));
    rotate();
    appendFileSync(log, lines(4, 20_000));
    rotate();
    appendFileSync(log, lines(20_001, 20_002));
  });

  it.each([
    [0, 20_003],
    [1, 20_002],
    [2, 20_001],
    [3, 20_000],
    [19_998, 5],
    [19_999, 4],
    [20_000, 3],
    [20_002, 1],
    [99_999, 1],
  ])('%i of them are found, those before a rotation too', (count, first) => {
    expect(rest(new LogReader(log, startOfLastLines(log, count)))).toBe(lines(first, 20_002));
  });
});

describe('what a log holds from a position on', () => {
  it('is nothing without a log, and all of a new one that is shorter', () => {
    expect(logFrom({ path: log, from: 0 })).toBe('');
    writeFileSync(log, lines(1, 2));
    expect(logFrom({ path: log, from: 7 })).toBe(lines(2, 2));
    expect(logFrom({ path: log, from: 1000 })).toBe(lines(1, 2));
  });
});
