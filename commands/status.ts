import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { describeParts } from './parts.ts';
import { readRedis, redisLogPath } from './redis.ts';
import { readRunning } from './running.js';
import { lastLogFile } from './state.ts';

/** Exit code when nothing runs, as init scripts have it (LSB). */
const notRunning = 3;

// npm run status: what runs, and how it is.
await runCommand(async () => {
  parseArgs({ options: {} });
  const running = readRunning();
  if (!running) throw new Failure('Nothing is running: npm run up starts it.', notRunning);
  console.log(`Ballast runs (process ${running.pid}, since ${running.startedAt}), logs to ${lastLogFile()}`);
  const redis = readRedis();
  if (redis) console.log(`redis-server runs (process ${redis.pid}, 127.0.0.1:${redis.port}), logs to ${redisLogPath}`);
  console.log();
  try {
    console.log(await describeParts(running.url));
  } catch (error) {
    throw new Failure(
      `It does not answer at ${running.url}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
});
