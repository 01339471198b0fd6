import { onTestFinished } from 'vitest';
import { variables } from '../service/contract/config.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';

/** The repository. */
export const root = resolve(import.meta.dirname, '..');

/** What a process printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a process is started. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What npm, vitest and the commands put into the environment, and what changes how Node runs. */
const foreign = /^(npm_|INIT_CWD|BALLAST_|NODE_OPTIONS|NODE_ENV|VITEST)/;

const configuration = new Set<string>(variables().map(({ name }) => name));

/**
 * The environment of this process without what would change the service, and with what a test sets. A one-node cluster is
 * that of the tests, whatever of a user's own the machine has.
 */
export function cleanEnvironment(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name) && !configuration.has(name));
  return { ...Object.fromEntries(inherited), BALLAST_CLUSTER: 'test', ...env };
}

/** Starts a program; its output is collected by {@link ended}. */
export function start(program: string, args: readonly string[], { env, cwd = root }: RunOptions = {}): ChildProcess {
  return spawn(program, args, { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * A shell's script that becomes a program, and leaves a process behind that kills it when descriptor 3 is closed without a line:
 * when who started it is gone, however it ended.
 */
const guarded = '(read -r _ <&3 || kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Starts a program that ends with the test: the next hook of the test runs when it has ended. It also ends when this process is
 * killed, as vitest does when somebody interrupts it.
 */
export function startForTest(program: string, args: readonly string[]): ChildProcess {
  const child: ChildProcess = spawn('sh', ['-c', guarded, 'sh', program, ...args], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const guard = child.stdio[3] as Writable;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
    guard.end('\n');
  });
  for (const stream of [child.stdout, child.stderr]) stream?.resume();
  return child;
}

/** Collects what a process prints until it ends. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return ended(start(program, args, options));
}

/** Starts `service/server.ts` itself, as a container does; it ends with the test at the latest. */
export function startServer(env: Readonly<Record<string, string>>): ChildProcess {
  const server = start(process.execPath, ['--no-warnings', join(root, 'service', 'server.ts')], { env });
  onTestFinished(() => void server.kill('SIGKILL'));
  return server;
}

/**
 * The next port that this worker tries. Each worker has a range of its own, below those that the kernel gives out, and
 * begins anywhere in it, so that two runs on one machine rarely meet.
 */
let nextPort = 20_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 20) * 500 + Math.floor(Math.random() * 400);

/** A TCP port of the loopback address that nothing listens on, and that no other test is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    server.close();
    if (free) return port;
  }
}

/** Waits until a condition holds. @throws when it does not within the given time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Whether something accepts connections on a loopback port. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Status of an HTTP answer; 0 when there is none. */
export async function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    (response) => response.status,
    () => 0,
  );
}
