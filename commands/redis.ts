import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { onPath } from './on-path.ts';
import { hasEnded, startOf } from './running.js';
import { folders, localSecret, writePrivate } from './state.ts';

/** The redis-server that `up` started as the embedded stack's cache. */
export interface RedisRecord {
  readonly pid: number;
  /** When the process started, so that a reused pid is not taken for it. */
  readonly start: string;
  /** Of 127.0.0.1. */
  readonly port: number;
}

/** What redis-server logs, in its own format. */
export const redisLogPath = join(folders.logs, 'redis.log');

const recordPath = join(folders.run, 'redis.json');
const configPath = join(folders.run, 'redis.conf');

/** Reading 256 MB of answers takes a few seconds. */
const readyWithinMs = 15_000;

/** From SIGTERM to the end: what was written last is brought to disk. */
const stopWithinMs = 5_000;

/**
 * Starts redis-server in the background. None that `up` started may run meanwhile, since both would write to one folder.
 *
 * @returns its URL with the password, once it answers; `undefined` when there is none on the PATH, or when it does not
 *   start, which is then said on standard error.
 */
export async function startRedis(): Promise<string | undefined> {
  const program = onPath('redis-server');
  if (program === undefined) return undefined;
  const port = await freePort();
  const password = localSecret('redis-password');
  writePrivate(configPath, configuration(port, password));
  try {
    await launch(program, port, password);
  } catch (error) {
    await stopRedis();
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`redis-server did not start (${reason}; see ${redisLogPath}): going on without it.`);
    return undefined;
  }
  return `redis://:${password}@127.0.0.1:${port}`;
}

/** The redis-server that `up` started, while it runs; another stack's where its record is given. */
export function readRedis(path = recordPath): RedisRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as RedisRecord;
    return !hasEnded(record.pid) && startOf(record.pid) === record.start ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Tells redis-server to stop if `up` started it and it still runs. Returns its pid, for who wants to wait. */
export function abandonRedis(): number | undefined {
  const running = readRedis();
  if (running) process.kill(running.pid, 'SIGTERM');
  rmSync(recordPath, { force: true });
  return running?.pid;
}

/** Stops redis-server if `up` started it and it still runs. Returns whether it did, once it has ended. */
export async function stopRedis(): Promise<boolean> {
  const pid = abandonRedis();
  if (pid === undefined) return false;
  const deadline = Date.now() + stopWithinMs;
  while (!hasEnded(pid) && Date.now() < deadline) await sleep(20);
  if (!hasEnded(pid)) {
    process.kill(pid, 'SIGKILL');
    while (!hasEnded(pid)) await sleep(20);
  }
  return true;
}

async function launch(program: string, port: number, password: string): Promise<void> {
  const log = openSync(redisLogPath, 'a', 0o600);
  const child = spawn(program, [configPath], { detached: true, env: {}, stdio: ['ignore', log, log] });
  closeSync(log);
  // At once, so that whoever interrupts this finds it; a program that cannot be run has no pid.
  if (child.pid !== undefined) {
    const record: RedisRecord = { pid: child.pid, start: startOf(child.pid), port };
    writePrivate(recordPath, JSON.stringify(record));
  }
  await untilReady(child, port, password);
  child.unref();
}

/** Resolves when the server has read its data and answers. @throws when it cannot be run, ends or takes too long. */
async function untilReady(child: ChildProcess, port: number, password: string): Promise<void> {
  const redis = new Redis({
    port,
    password,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    maxLoadingRetryTime: 50,
  });
  redis.on('error', () => undefined); // Nothing listens yet.
  const settled = new AbortController();
  const ended = once(child, 'exit', settled).then(([code, signal]) => {
    throw new Error(`it ended with ${String(code ?? signal)}`);
  });
  const late = sleep(readyWithinMs, undefined, settled).then(() => {
    throw new Error(`it did not answer within ${readyWithinMs / 1000} s`);
  });
  try {
    await Promise.race([redis.ping(), ended, late]);
  } finally {
    for (const outcome of [ended, late]) outcome.catch(() => undefined);
    settled.abort();
    redis.disconnect();
  }
}

/** The configuration file: reached from this machine only, by those who know the password; bounded; kept on disk. */
function configuration(port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'maxmemory 256mb',
    // Only what has a time of removal makes room: answers, but no counts.
    'maxmemory-policy volatile-lru',
    'appendonly yes',
    'save ""',
    `dir ${JSON.stringify(folders.redis)}`,
    '',
  ].join('\n');
}
