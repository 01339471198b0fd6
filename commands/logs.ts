import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { LogReader, startOfLastLines } from './service-log.ts';
import { lastLogFile } from './state.ts';

const pollMs = 200;

// npm run logs [-- --lines N] [--no-follow]: the last lines of the service's log, then each new one until interrupted.
await runCommand(async () => {
  const { values } = parseArgs({
    options: { lines: { type: 'string', default: '50' }, follow: { type: 'boolean', default: true } },
    allowNegative: true,
  });
  const lines = Number(values.lines);
  if (!Number.isInteger(lines) || lines < 0) throw new Failure('--lines must be a whole number from 0');
  const path = lastLogFile();
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new Failure(`There is no log at ${path}: npm run up starts the service.`);
  }

  // A reader such as `head` that has seen enough is no error, and neither is Ctrl-C.
  process.stdout.on('error', () => process.exit(0));
  process.on('SIGINT', () => process.exit(0));
  const reader = new LogReader(path, startOfLastLines(path, lines));
  for (;;) {
    const bytes = reader.read();
    if (bytes.length > 0) process.stdout.write(bytes);
    else if (values.follow) await sleep(pollMs);
    else return;
  }
});
