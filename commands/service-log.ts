import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { logPath } from './state.ts';

/** Bytes of the log; 0 where there is none yet. */
export function logSize(): number {
  return statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
}

/** A part of a log, and where it ended. */
interface LogPart {
  readonly bytes: Buffer;
  readonly end: number;
}

/** Bytes read at once, so that a log of any size is never in memory as a whole. */
const blockBytes = 65_536;

/** Up to a block of the log from a byte on. A log that is shorter than that is a new one, and read from its start. */
export function readLog(from: number): LogPart {
  const file = openSync(logPath, 'r');
  try {
    const start = fstatSync(file).size < from ? 0 : from;
    const bytes = Buffer.alloc(blockBytes);
    const read = readSync(file, bytes, 0, blockBytes, start);
    return { bytes: bytes.subarray(0, read), end: start + read };
  } finally {
    closeSync(file);
  }
}

/** What the log holds from a byte on, its last block at most. */
export function logFrom(from: number): string {
  return readLog(Math.max(from, logSize() - blockBytes)).bytes.toString('utf8');
}

/** Where the last `count` lines of the log begin: blocks are searched backwards for line feeds. */
export function startOfLastLines(count: number): number {
  let end = logSize();
  if (count === 0) return end;
  // The line feed at the very end closes the last line; it begins none.
  let found = -1;
  while (end > 0) {
    const begin = Math.max(0, end - blockBytes);
    const block = readLog(begin).bytes.subarray(0, end - begin);
    for (let at = block.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(10, at - 1)) {
      found += 1;
      if (found === count) return begin + at + 1;
    }
    end = begin;
  }
  return 0;
}
