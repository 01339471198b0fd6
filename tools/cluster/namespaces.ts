import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { entrances } from './cgroup.ts';
import { recall, remember, rememberedAt } from './records.ts';

const run = promisify(execFile);

/** Name of the first process's record. */
const record = 'first-process';

/** Longest time for an answer from the node, in milliseconds. */
const answersWithinMs = 5_000;

/**
 * The node's own mounts, network and processes, apart from the machine's: whatever the node does, mounts of pods, their
 * interfaces, packet filter rules and processes, is gone with the first process of these namespaces.
 */
export class Namespaces {
  /** The first process, as the machine numbers it. */
  readonly pid: number;

  private constructor(pid: number) {
    this.pid = pid;
  }

  /** Those that are there and were {@link keep kept}. */
  static find(): Namespaces | undefined {
    const first = recall(record);
    return first === undefined ? undefined : new Namespaces(first);
  }

  /** Makes them, with nothing in them but the loopback interface. @throws when the kernel refuses. */
  static async make(): Promise<Namespaces> {
    const own = ['--mount', '--net', '--pid', '--ipc', '--mount-proc', '--propagation=private'];
    // catatonit -P waits for its end, and reaps whose parents are gone.
    const holder = ['unshare', ...own, '--fork', '--kill-child', 'catatonit', '-P'];
    const outer = inCgroup(holder, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    const namespaces = new Namespaces(await firstProcess(outer));
    await namespaces.#prepare();
    return namespaces;
  }

  /** Has them found from now on: they have all that the node's programs count on. */
  keep(): void {
    remember(record, this.pid);
  }

  /** When they were {@link keep kept}, in milliseconds since 1970: what is older is of a node before this one. */
  get keptAt(): number {
    return rememberedAt(record);
  }

  /** Runs a program to its end, and gives what it printed. @throws when it fails, with its messages. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    return (await run('nsenter', [...this.#entering, program, ...args])).stdout;
  }

  /** What is at a URL that only the node reaches; its certificate is not checked. @throws when there is nothing good. */
  async get(url: string): Promise<string> {
    const script =
      `const r = await fetch(process.argv[1], { signal: AbortSignal.timeout(${answersWithinMs}) });` +
      'console.log(await r.text()); process.exit(r.ok ? 0 : 1)';
    const node = [process.execPath, '--input-type=module', '--eval', script, url];
    return (await this.run('env', 'NODE_TLS_REJECT_UNAUTHORIZED=0', 'NODE_NO_WARNINGS=1', ...node)).trim();
  }

  /**
   * Starts a program in them, and in the node's cgroup. The process returned is the one that waits for it outside; the program
   * ends with it.
   */
  start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return inCgroup(['nsenter', ...this.#entering, 'setpriv', '--pdeathsig', 'KILL', program, ...args], options);
  }

  get #entering(): readonly string[] {
    return ['--target', String(this.pid), '--mount', '--net', '--pid', '--ipc', '--'];
  }

  /**
   * Kubernetes shares mounts with pods, and writes to /run, /var/log, /var/lib/cni and /var/lib/kubelet by fixed paths: these
   * are the node's own here.
   */
  async #prepare(): Promise<void> {
    await this.run('mount', '--make-rshared', '/');
    for (const path of ownFolders) await this.run('mount', '-t', 'tmpfs', 'tmpfs', path);
    await this.run('ip', 'link', 'set', 'lo', 'up');
    await this.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  }
}

/** Folders of the machine in whose place the node has empty ones of its own. */
export const ownFolders = ['/run', '/var/log', '/var/lib/cni', '/var/lib/kubelet'];

/** A shell enters the cgroup and becomes the program, so that none of the program's children is outside. */
function inCgroup(command: readonly string[], options: SpawnOptions): ChildProcess {
  const enter = entrances().map((file) => `echo $$ > '${file}' && `);
  return spawn('sh', ['-c', `${enter.join('')}exec "$@"`, 'sh', ...command], options);
}

/** The first process of the namespaces that another one makes, once they are made. @throws with why they are not. */
async function firstProcess(outer: ChildProcess): Promise<number> {
  let messages = '';
  outer.stderr?.setEncoding('utf8').on('data', (text: string) => (messages += text));
  const hasEnded = once(outer, 'close').then(() => true);
  for (;;) {
    const first = childOf(outer.pid ?? 0);
    if (first !== undefined) {
      outer.stderr?.destroy();
      outer.unref();
      return first;
    }
    if (await Promise.race([hasEnded, sleep(10, false)])) {
      throw new Error(`The namespaces of the node cannot be made: ${messages.trim()}`);
    }
  }
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
