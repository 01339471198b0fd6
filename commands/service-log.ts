import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A place in a file of a log. */
export interface LogPosition {
  readonly path: string;
  /** In bytes. */
  readonly from: number;
}

/** Bytes read at once, so that a log of any size is never in memory as a whole. */
const blockBytes = 65_536;

/** Bytes of a log; 0 where there is none yet, or none can be. */
export function logSize(path: string): number {
  const stat = statOf(path);
  return stat?.isFile() ? stat.size : 0;
}

/** What a log holds from a position on, its last block at most. One that is shorter than that is a new one. */
export function logFrom({ path, from }: LogPosition): string {
  const size = logSize(path);
  if (size === 0) return '';
  return readAt(path, Math.max(size < from ? 0 : from, size - blockBytes)).toString('utf8');
}

/** Where the last `count` lines of a log begin, those in the files before its last rotations included. */
export function startOfLastLines(path: string, count: number): LogPosition {
  if (count === 0) return { path, from: logSize(path) };
  let missing = count;
  let oldest = path;
  for (const file of filesOf(path)) {
    const { from, found } = startInFile(file, missing);
    if (found === missing) return { path: file, from };
    missing -= found;
    oldest = file;
  }
  return { path: oldest, from: 0 };
}

/** Reads a log from a position on, and goes on with the next file when the log is rotated. */
export class LogReader {
  readonly #path: string;
  #file: number;
  #offset: number;

  constructor(path: string, start: LogPosition) {
    this.#path = path;
    this.#file = openSync(start.path, 'r');
    this.#offset = start.from;
  }

  /** What follows, a block at most; nothing at the end of the log for now. */
  read(): Buffer {
    for (;;) {
      // Before the file is read: nothing more is written to one that has a newer one.
      const newer = this.#newerFile();
      if (fstatSync(this.#file).size < this.#offset) this.#offset = 0; // Somebody emptied it.
      const bytes = readBlock(this.#file, this.#offset);
      this.#offset += bytes.length;
      if (bytes.length > 0 || newer === undefined || !this.#goOnWith(newer)) return bytes;
    }
  }

  /** @returns whether the file was still there: it may have been renamed just now. */
  #goOnWith(path: string): boolean {
    if (statOf(path) === undefined) return false;
    closeSync(this.#file);
    this.#file = openSync(path, 'r');
    this.#offset = 0;
    return true;
  }

  /** The file that was begun after the one that is read; the oldest when that has been removed. */
  #newerFile(): string | undefined {
    const { ino } = fstatSync(this.#file);
    const files = filesOf(this.#path);
    const index = files.findIndex((file) => statOf(file)?.ino === ino);
    if (index === -1) return files.at(-1);
    return index === 0 ? undefined : files[index - 1];
  }
}

/** The files of a log, the one that is written first, then from `.1` on. */
function filesOf(path: string): string[] {
  const folder = dirname(path);
  const name = basename(path);
  return readdirSync(folder)
    .filter((file) => file.startsWith(name) && /^(\.\d+)?$/.test(file.slice(name.length)))
    .sort((one, other) => Number(one.slice(name.length + 1)) - Number(other.slice(name.length + 1)))
    .map((file) => join(folder, file));
}

/** Where the last `most` lines of a file begin, and how many it has of them: blocks are searched backwards for line feeds. */
function startInFile(path: string, most: number): { from: number; found: number } {
  let end = logSize(path);
  if (end === 0) return { from: 0, found: 0 };
  // The line feed at the very end closes the last line; it begins none.
  let found = -1;
  while (end > 0) {
    const begin = Math.max(0, end - blockBytes);
    const block = readAt(path, begin).subarray(0, end - begin);
    for (let at = block.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(10, at - 1)) {
      found += 1;
      if (found === most) return { from: begin + at + 1, found };
    }
    end = begin;
  }
  return { from: 0, found: found + 1 };
}

function readAt(path: string, from: number): Buffer {
  const file = openSync(path, 'r');
  try {
    return readBlock(file, from);
  } finally {
    closeSync(file);
  }
}

function readBlock(file: number, from: number): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  return bytes.subarray(0, readSync(file, bytes, 0, blockBytes, from));
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
