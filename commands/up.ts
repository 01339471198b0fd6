import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Config } from '../service/contract/config.ts';
import { Failure, runCommand } from './failure.ts';
import { withLock } from './lock.js';
import { describeParts } from './parts.ts';
import { abandonRedis, startRedis, stopRedis } from './redis.ts';
import { readRunning, root } from './running.js';
import { logFrom, logSize, type LogPosition } from './service-log.ts';
import { stackEnvironment } from './stack-environment.ts';
import {
  crashPath,
  folders,
  noteLogFile,
  outputPath,
  prepareFolders,
  removeRunRecord,
  writeRunRecord,
} from './state.ts';

const readyWithinMs = 60_000;

// npm run up: starts the embedded stack in the background, waits until it is ready, and says what runs where.
// npm run up -- --stack S [-- ...]: runs `pulumi up` for a stack of a cluster, with what follows the second two dashes.
// npm run up -- --stack S --apply: applies the stack's objects instead, which takes no Pulumi.
await runCommand(async () => {
  const [own, further] = atDashes(process.argv.slice(2));
  const options = {
    stack: { type: 'string', default: 'embedded' },
    apply: { type: 'boolean', default: false },
  } as const;
  const { stack, apply } = parseArgs({ args: own, options }).values;
  if (stack !== 'embedded') {
    // Here and not above, since Pulumi's libraries take longer to load than the service to start.
    const { clusterUp } = await import('./cluster-up.ts');
    return clusterUp(stack, { apply, further });
  }
  if (apply) throw new Failure('The stack embedded is not applied to a cluster: --apply is for others.');
  if (further.length > 0) throw new Failure(`The stack embedded takes no further arguments: ${further.join(' ')}`);
  prepareFolders();
  const waiting = 'Another `npm run up` is starting the service; waiting for it.';
  await withLock(join(folders.run, 'up.lock'), waiting, async () => {
    const url = await runningOrStarted();
    console.log(`\n${await describeParts(url)}\n`);
    console.log(`Ask it something:\n\n  ${exampleQuestion(url)}\n`);
    console.log(`API documentation: ${url}/docs?access_token=$(npm run -s token)`);
    console.log(`Logs: npm run logs    Health: npm run status    Stop: npm run down`);
  });
});

/** The arguments before the first `--`, and those after it. */
function atDashes(args: string[]): [string[], string[]] {
  const at = args.indexOf('--');
  return at === -1 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}

/** Where the service is reached, once it is ready. */
async function runningOrStarted(): Promise<string> {
  const running = readRunning();
  if (!running) return start();
  console.log(`Ballast runs already (process ${running.pid}, since ${running.startedAt}).`);
  await untilReady(running.url);
  return running.url;
}

async function start(): Promise<string> {
  const { env, config } = stackEnvironment();
  await assertPortFree(config);
  const url = `http://${reachable(config.HOST)}:${config.PORT}`;
  console.log(`Starting Ballast at ${url} ...`);
  let child: ChildProcess | undefined;
  const forget = stopOnSignal(() => child?.kill('SIGKILL'));
  try {
    await stopRedis(); // A service that was killed has left its own.
    const redisUrl = config.REDIS_URL === undefined ? await startRedis() : undefined;
    const logFile = resolve(root, env.LOG_FILE);
    noteLogFile(logFile);
    // What is said before the log is opened, or because it cannot be or its disk is full, is on standard output.
    const logged = [outputPath, logFile].map((path) => ({ path, from: logSize(path) }));
    const marker = randomUUID();
    child = launch(marker, { ...env, ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }) });
    writeRunRecord({
      pid: child.pid ?? 0,
      marker,
      url,
      drainSeconds: config.SHUTDOWN_DRAIN_SECS,
      startedAt: new Date().toISOString(),
      ...(config.JWT_SECRET === undefined ? {} : { jwtSecret: config.JWT_SECRET }),
      jwtIssuer: config.JWT_ISSUER,
      jwtAudience: config.JWT_AUDIENCE,
    });
    await untilReadyOrEnded(child, url, logged);
  } finally {
    forget();
  }
  child.unref();
  return url;
}

/** @throws {Failure} with the service's last words when it ends before it is ready; then nothing of it is left. */
async function untilReadyOrEnded(child: ChildProcess, url: string, logged: readonly LogPosition[]): Promise<void> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(async ([code]) => {
    removeRunRecord();
    await stopRedis();
    throw new Failure(`The service ended before it was ready: ${lastWords(logged)}`, Number(code) || 1);
  });
  try {
    await Promise.race([untilReady(url, ended.signal), exit]);
  } finally {
    exit.catch(() => undefined);
    ended.abort();
  }
}

/** Who interrupts `up` does not want the service. Returns what ends this once the service is ready. */
function stopOnSignal(kill: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = (signal: NodeJS.Signals) => {
    kill();
    abandonRedis();
    removeRunRecord();
    console.error('Interrupted: the service was not started.');
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

async function assertPortFree({ HOST, PORT }: Config): Promise<void> {
  const probe = createServer().listen(PORT, HOST);
  try {
    await once(probe, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new Failure(
        `Port ${PORT} on ${HOST} is in use by another program: stop it, or choose another: PORT=8001 npm run up`,
      );
    }
    throw new Failure(`The service cannot listen on ${HOST}:${PORT} (${String(code)}): set HOST and PORT.`);
  }
  probe.close();
  await once(probe, 'close');
}

/** Starts the service detached, without any of this process's standard streams. */
function launch(marker: string, env: NodeJS.ProcessEnv): ChildProcess {
  const output = openSync(outputPath, 'a', 0o600);
  const crash = openSync(crashPath, 'a', 0o600);
  const script = join(root, 'service', 'server.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, '--marker', marker], {
    cwd: root,
    detached: true,
    env,
    stdio: ['ignore', output, crash],
  });
  closeSync(output);
  closeSync(crash);
  return child;
}

async function untilReady(url: string, ended?: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!ended?.aborted) {
    if (Date.now() > deadline) {
      const sentence = `The service at ${url} was not ready within ${readyWithinMs / 1000} s. It still runs:`;
      throw new Failure(`${sentence} npm run logs shows what it does, npm run down stops it.`);
    }
    const status = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(50);
  }
}

/**
 * The message of the last line since then in the first of these files that has one, else where Node wrote why it died. A
 * fatal line is last, but for one about the log itself.
 */
function lastWords(since: readonly LogPosition[]): string {
  const text = since.map((position) => logFrom(position).trim()).find((each) => each !== '') ?? '';
  const lines = text.split('\n');
  const line = lines.findLast((each) => each.includes('"level":"fatal"')) ?? lines.at(-1) ?? '';
  try {
    const { msg, err } = JSON.parse(line) as { msg: string; err?: { message: string } };
    return err === undefined ? msg : `${msg} (${err.message})`;
  } catch {
    return line || `see ${crashPath}`;
  }
}

/** An address that listens everywhere is reached on this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function exampleQuestion(url: string): string {
  const body = JSON.stringify({ question: 'How do I change the port?' });
  return [
    `curl -s ${url}/query -H "Authorization: Bearer $(npm run -s token)"`,
    `-H 'Content-Type: application/json' -d '${body}'`,
  ].join(' ');
}
