import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../processes.ts';

/** Milliseconds that a start may take: MLflow's takes 15 s on an idle machine, and several times that beside others. */
export const patienceMs = 180_000;

/** A program whose whole file system is read-only but for one folder, as in a container of the stack. */
export class ReadOnlyProcess {
  /** The folder that it may write. */
  readonly folder = mkdtempSync(join(tmpdir(), 'ballast-stack-'));
  #process: ChildProcess | undefined;
  #output = '';

  /**
   * Starts it with these variables and the PATH, and no other. Linux only: it mounts in a namespace of its own.
   *
   * @throws when it ends before it is ready, with what it printed.
   */
  async start(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    isReady: () => Promise<boolean>,
  ): Promise<void> {
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind / && cd / && exec "$@"';
    const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
    const child = spawn('unshare', [...asRoot, '--mount', 'sh', '-c', script, this.folder, ...command], {
      // The stack mounts scratch at /tmp; here that is the machine's.
      env: { PATH: process.env['PATH'], TMPDIR: this.folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that what the program starts ends with it, as in a container.
      detached: true,
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    const ready = async () => {
      if (child.exitCode !== null)
        throw new Error(`it ended with code ${child.exitCode}: ${this.#output.slice(-2000)}`);
      return isReady();
    };
    await until(`${command[0] ?? ''} is ready`, ready, patienceMs);
  }

  /** What it printed so far, both streams. */
  get output(): string {
    return this.#output;
  }

  /** Asks it to end, as a platform does, and waits until it has. */
  async end(): Promise<void> {
    await this.#kill('SIGTERM');
  }

  /** Ends it at once with all that it started, which may have outlived it, and removes its folder. */
  async remove(): Promise<void> {
    await this.#kill('SIGKILL');
    this.#killGroup();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #killGroup(): void {
    if (this.#process?.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, 'SIGKILL');
    } catch (error) {
      // Nothing of it is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
