import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Config } from '../service/contract/config.ts';
import { ConfigError, describeProblem, parseConfig } from '../service/contract/parse-config.ts';
import { Failure, runCommand } from './failure.ts';
import { withLock } from './lock.js';
import { describeParts } from './parts.ts';
import { readRunning, root } from './running.js';
import {
  crashPath,
  folders,
  localJwtSecret,
  logPath,
  prepareFolders,
  removeRunRecord,
  writeRunRecord,
} from './state.ts';

const readyWithinMs = 60_000;
const badConfiguration = 78;

// npm run up: starts the embedded stack in the background, waits until it is ready, and says what runs where.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string', default: 'embedded' } } });
  if (values.stack !== 'embedded') {
    throw new Failure(
      `There is no stack ${JSON.stringify(values.stack)} in this version; allowed: embedded (the default).`,
    );
  }
  const dotEnv = join(root, '.env');
  if (existsSync(dotEnv)) process.loadEnvFile(dotEnv); // What is set already stays as it is.
  prepareFolders();
  await withLock(
    join(folders.run, 'up.lock'),
    'Another `npm run up` is starting the service; waiting for it.',
    async () => {
      const running = readRunning();
      if (running) console.log(`Ballast runs already (process ${running.pid}, since ${running.startedAt}).`);
      const url = running?.url ?? (await start());
      console.log(`\n${await describeParts(url)}\n`);
      console.log(`Ask it something:\n\n  ${exampleQuestion(url)}\n`);
      console.log(`API documentation: ${url}/docs?access_token=$(npm run -s token)`);
      console.log(`Logs: npm run logs    Health: npm run status    Stop: npm run down`);
    },
  );
});

async function start(): Promise<string> {
  const env = serviceEnvironment();
  const config = readConfig(env);
  await assertPortFree(config);
  const marker = randomUUID();
  const url = `http://${reachable(config.HOST)}:${config.PORT}`;
  console.log(`Starting Ballast at ${url} ...`);

  const logFrom = fileSize(logPath);
  const child = launch(marker, env);
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
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    removeRunRecord();
    throw new Failure(`The service ended before it was ready: ${lastWords(logFrom)}`, Number(code ?? 1));
  });
  try {
    await Promise.race([untilReady(url, ended.signal), exit]);
  } finally {
    exit.catch(() => undefined);
    ended.abort();
  }
  child.unref();
  return url;
}

/** The caller's environment, with what the embedded stack adds where the caller says nothing. */
function serviceEnvironment(): NodeJS.ProcessEnv {
  const { JWT_SECRET, JWKS_URL, DATA_DIR, CORPUS_DIR } = process.env;
  return {
    ...process.env,
    DATA_DIR: DATA_DIR || folders.data,
    CORPUS_DIR: CORPUS_DIR || join(root, 'docs'),
    ...(JWT_SECRET || JWKS_URL ? {} : { JWT_SECRET: localJwtSecret() }),
  };
}

function readConfig(env: NodeJS.ProcessEnv): Config {
  try {
    return parseConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map((problem) => `  ${describeProblem(problem)}`).join('\n');
    throw new Failure(`The configuration has ${error.problems.length} problem(s):\n${problems}`, badConfiguration);
  }
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
  const log = openSync(logPath, 'a', 0o600);
  const crash = openSync(crashPath, 'a', 0o600);
  const script = join(root, 'service', 'server.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, '--marker', marker], {
    cwd: root,
    detached: true,
    env,
    stdio: ['ignore', log, crash],
  });
  closeSync(log);
  closeSync(crash);
  return child;
}

async function untilReady(url: string, ended: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!ended.aborted) {
    if (Date.now() > deadline) {
      throw new Failure(
        `The service was not ready within ${readyWithinMs / 1000} s. It still runs: see npm run status and npm run logs.`,
      );
    }
    const status = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(50);
  }
}

/** The message of the last line that the service logged since `from`, or what Node printed as it died. */
function lastWords(from: number): string {
  const line = readFileSync(logPath, 'utf8').slice(from).trim().split('\n').at(-1) ?? '';
  try {
    return (JSON.parse(line) as { msg: string }).msg;
  } catch {
    return line || `see ${crashPath}`;
  }
}

function fileSize(path: string): number {
  try {
    return readFileSync(path, 'utf8').length;
  } catch {
    return 0;
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
