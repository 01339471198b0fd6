import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, until } from '../processes.ts';

/** Long enough for a machine that builds something else meanwhile; usually it is a few seconds. */
const readyWithinMs = 120_000;

/** Programs that run beside each other in one folder, each with a log there, until all are killed. */
export class Processes {
  readonly #folder: string;
  readonly #children = new Map<string, ChildProcess>();

  /** @param folder Where logs and records go. Each program must have it in an argument, by which it is recognised. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'run'));
  }

  /** Starts a program. It is recorded as `npm run up` records its own, so that what an interrupted run left is found. */
  start(name: string, program: string, args: readonly string[]): void {
    const log = openSync(this.#log(name), 'w');
    const child = spawn(program, args, { cwd: this.#folder, env: cleanEnvironment(), stdio: ['ignore', log, log] });
    closeSync(log);
    // A program that cannot be started has no pid; that it does not run shows below.
    child.on('error', () => undefined);
    this.#children.set(name, child);
    writeFileSync(join(this.#folder, 'run', `${name}.json`), JSON.stringify({ pid: child.pid, marker: this.#folder }));
  }

  /** Waits until a program that was started is ready. @throws with the end of its log when it ends, or never is. */
  async ready(name: string, isReady: () => Promise<boolean>): Promise<void> {
    try {
      await until(`${name} is ready`, () => this.#runs(name) && isReady(), readyWithinMs);
    } catch (error) {
      const lines = readFileSync(this.#log(name), 'utf8').trimEnd().split('\n');
      throw new Error(`${name} is not ready; its log ends:\n${lines.slice(-20).join('\n')}`, { cause: error });
    }
  }

  /** Kills them all; nothing that they hold is needed again. */
  async kill(): Promise<void> {
    await Promise.all([...this.#children.values()].map(killed));
  }

  #log(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  /** @throws when it has ended, so that nobody waits for it. */
  #runs(name: string): boolean {
    const child = this.#children.get(name);
    if (child?.pid === undefined || hasExited(child)) throw new Error(`${name} has ended`);
    return true;
  }
}

function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasExited(child)) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
