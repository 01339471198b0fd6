import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { logPath } from './state.ts';

const pollMs = 200;

// npm run logs [-- --lines N] [--no-follow]: the last lines of the service's log, then each new one until interrupted.
await runCommand(async () => {
  const { values } = parseArgs({
    options: { lines: { type: 'string', default: '50' }, follow: { type: 'boolean', default: true } },
    allowNegative: true,
  });
  const lines = Number(values.lines);
  if (!Number.isInteger(lines) || lines < 0) throw new Failure('--lines must be a whole number from 0');
  if (!existsSync(logPath)) throw new Failure('There is no log yet: npm run up starts the service.');

  let offset = printFrom(0, lines);
  while (values.follow) {
    await sleep(pollMs);
    offset = printFrom(offset);
  }
});

/** Prints what the log holds from `offset`, or the last `lines` of it. Returns where it ended. */
function printFrom(offset: number, lines?: number): number {
  const file = openSync(logPath, 'r');
  try {
    const { size } = fstatSync(file);
    const from = size < offset ? 0 : offset; // A shorter file is a new one.
    const bytes = Buffer.alloc(size - from);
    const read = readSync(file, bytes, 0, bytes.length, from);
    const text = bytes.toString('utf8', 0, read);
    process.stdout.write(lines === undefined ? text : lastLines(text, lines));
    return from + read;
  } finally {
    closeSync(file);
  }
}

function lastLines(text: string, count: number): string {
  return text
    .split(/(?<=\n)/)
    .slice(count === 0 ? Infinity : -count)
    .join('');
}
