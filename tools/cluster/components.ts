import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder } from './layout.ts';
import type { Namespaces } from './namespaces.ts';
import { recall, remember, rememberedAt } from './records.ts';

/** Long enough for a machine that builds something else meanwhile; usually it is a few seconds. */
const readyWithinMs = 120_000;

/** The programs of the node that run until it ends, in the order in which they start. */
export const componentNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'containerd',
  'network-policies',
  'kubelet',
  'kube-proxy',
] as const;

/** One of these programs. */
export interface Component {
  readonly name: (typeof componentNames)[number];
  readonly program: string;
  readonly args: readonly string[];
  /** Files that it reads, by path, written before it starts. By default none. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Whether it does its work by now. It may throw while it does not.
   *
   * @param startedAt Milliseconds since 1970: what is older is not its work.
   */
  readonly isReady: (startedAt: number) => Promise<boolean>;
}

/** Where a component's messages are. */
export const logOf = (name: string) => join(folder, 'log', `${name}.log`);

/**
 * Starts a component, unless it runs already, and waits until it is ready. It outlives this process.
 *
 * @throws with the end of its log when it ends, or never is ready.
 */
export async function ensureRuns(namespaces: Namespaces, component: Component): Promise<void> {
  const { name, program, args, files = {}, isReady } = component;
  if (recall(name) === undefined) {
    mkdirSync(join(folder, 'log'), { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
    const log = openSync(logOf(name), 'w');
    const child = namespaces.start(program, args, { stdio: ['ignore', log, log], detached: true, env: environment() });
    closeSync(log);
    child.unref();
    remember(name, child.pid ?? 0);
  }
  const deadline = Date.now() + readyWithinMs;
  while (!(await isReady(rememberedAt(name)).catch(() => false))) {
    if (recall(name) === undefined) throw notReady(name, 'has ended');
    if (Date.now() > deadline) throw notReady(name, `is not ready after ${readyWithinMs / 1000} s`);
    await sleep(100);
  }
}

/** Nothing of who started the cluster matters to it, a proxy and credentials least of all. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
}

function notReady(name: string, what: string): Error {
  const lines = readFileSync(logOf(name), 'utf8').trimEnd().split('\n');
  return new Error(`${name} ${what}; its log, ${logOf(name)}, ends:\n${lines.slice(-20).join('\n')}`);
}
