import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasEnded } from '../../commands/running.js';
import { entrances } from './cgroup.ts';
import { forget, recall, remember } from './records.ts';

const run = promisify(execFile);

/** Name of the first process's record. */
const record = 'namespaces';

/**
 * The node's own mounts, network and processes, apart from the machine's: whatever the node does, mounts of pods, their
 * interfaces, packet filter rules and processes, is gone with the first process of these namespaces.
 */
export class Namespaces {
  /** The first process, as the machine numbers it. */
  readonly #first: number;

  private constructor(first: number) {
    this.#first = first;
  }

  /** Those that are there. */
  static find(): Namespaces | undefined {
    const outer = recall(record);
    const first = outer === undefined ? undefined : childOf(outer);
    return first === undefined ? undefined : new Namespaces(first);
  }

  /** Makes them, with nothing in them but the loopback interface. @throws when the kernel refuses. */
  static async make(): Promise<Namespaces> {
    const own = ['--mount', '--net', '--pid', '--ipc', '--mount-proc', '--propagation=private'];
    // catatonit -P waits for its end, and reaps whose parents are gone.
    const holder = ['unshare', ...own, '--fork', '--kill-child', 'catatonit', '-P'];
    const outer = inCgroup(holder, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    let messages = '';
    outer.stderr?.setEncoding('utf8').on('data', (text: string) => (messages += text));
    const first = await firstProcess(outer, () => messages);
    outer.stderr?.destroy();
    outer.unref();
    remember(record, outer.pid ?? 0);
    const namespaces = new Namespaces(first);
    await namespaces.#prepare();
    return namespaces;
  }

  /** Runs a program to its end, and gives what it printed. @throws when it fails, with its messages. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run('nsenter', [...this.#entering, program, ...args], { maxBuffer: 256 * 1024 * 1024 });
    return stdout;
  }

  /** What is at a URL that only the node reaches; its certificate is not checked. @throws when there is nothing good. */
  async get(url: string): Promise<string> {
    const script = 'const r = await fetch(process.argv[1]); console.log(await r.text()); process.exit(r.ok ? 0 : 1)';
    const node = [process.execPath, '--input-type=module', '--eval', script, url];
    return (await this.run('env', 'NODE_TLS_REJECT_UNAUTHORIZED=0', 'NODE_NO_WARNINGS=1', ...node)).trim();
  }

  /** Starts a program in them, and in the node's cgroup. The process returned is the one that waits for it outside. */
  start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return inCgroup(['nsenter', ...this.#entering, program, ...args], options);
  }

  /** Moves a network interface of the machine to the node. */
  async takeInterface(name: string): Promise<void> {
    await run('ip', ['link', 'set', name, 'netns', String(this.#first)]);
  }

  /** Ends every process in them, and with the last one the namespaces. */
  async end(): Promise<void> {
    process.kill(this.#first, 'SIGKILL');
    while (!hasEnded(this.#first)) await sleep(20);
    forget(record);
  }

  get #entering(): readonly string[] {
    return ['--target', String(this.#first), '--mount', '--net', '--pid', '--ipc', '--'];
  }

  /**
   * Kubernetes shares mounts with pods, and writes to /run, /var/log and /var/lib/cni by fixed paths: these are the
   * node's own here.
   */
  async #prepare(): Promise<void> {
    await this.run('mount', '--make-rshared', '/');
    for (const path of ownFolders) await this.run('mount', '-t', 'tmpfs', 'tmpfs', path);
    await this.run('ip', 'link', 'set', 'lo', 'up');
    await this.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  }
}

/** Folders of the machine in whose place the node has empty ones of its own. */
export const ownFolders = ['/run', '/var/log', '/var/lib/cni'];

/** A shell enters the cgroup and becomes the program, so that none of the program's children is outside. */
function inCgroup(command: readonly string[], options: SpawnOptions): ChildProcess {
  const enter = entrances().map((file) => `echo $$ > '${file}' && `);
  return spawn('sh', ['-c', `${enter.join('')}exec "$@"`, 'sh', ...command], options);
}

async function firstProcess(outer: ChildProcess, messages: () => string): Promise<number> {
  const ended = once(outer, 'exit').then(() => {
    throw new Error(`the node's namespaces cannot be made: ${messages().trim()}`);
  });
  ended.catch(() => undefined);
  const found = (async () => {
    for (;;) {
      const first = childOf(outer.pid ?? 0);
      if (first !== undefined) return first;
      await sleep(10);
    }
  })();
  return Promise.race([found, ended]);
}

/** The one child of a process, once it has become catatonit: until then its namespaces are being made. */
function childOf(outer: number): number | undefined {
  try {
    const child = Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').split(' ')[0]);
    return child > 0 && readlinkSync(`/proc/${child}/exe`).endsWith('/catatonit') ? child : undefined;
  } catch {
    return undefined;
  }
}
