import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { passControllersOn, passControllersOnNoMore } from './cgroup-controllers.ts';
import { cgroup, folder } from './layout.ts';

/** A hierarchy of cgroups: there is one of version 2, and one for each controller of version 1. */
interface Hierarchy {
  readonly path: string;
  readonly type: 'cgroup' | 'cgroup2';
}

function hierarchies(): Hierarchy[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').trim().split('\n');
  return mounts
    .map((line) => line.split(' '))
    .flatMap(([, path = '', type]) => (type === 'cgroup' || type === 'cgroup2' ? [{ path, type }] : []));
}

/** The node's cgroup in every hierarchy. */
const cgroups = (): string[] => hierarchies().map(({ path }) => join(path, cgroup));

/** The hierarchy of version 2 of a machine that has no other. */
function unified(): string | undefined {
  const all = hierarchies();
  return all.every(({ type }) => type === 'cgroup2') ? all[0]?.path : undefined;
}

/** What the root of the unified hierarchy did not pass on before: both nodes of a machine note it here. */
const controllersRecord = join(dirname(folder), 'cgroup-controllers');

/** Makes the node's cgroup. @throws when the kernel refuses. */
export function makeCgroup(): void {
  const root = unified();
  if (root !== undefined) passControllersOn(root, controllersRecord);
  for (const each of cgroups()) mkdirSync(join(each, 'system'), { recursive: true });
}

/**
 * The files to which a process writes its number to enter the cgroup of the node's own programs; pods have others, which
 * the kubelet makes. A cpuset of version 1 has no processors to give until somebody names them, and is left out.
 */
export function entrances(): string[] {
  return cgroups()
    .map((each) => join(each, 'system'))
    .filter((each) => !existsSync(join(each, 'cpuset.cpus')) || existsSync(join(each, 'cgroup.controllers')))
    .map((each) => join(each, 'cgroup.procs'));
}

/** Kills every process in the node's cgroup, the oldest first, with which all others in its namespaces end. */
export function killProcesses(): void {
  for (const pid of [...new Set(cgroups().flatMap(processesBelow))].sort((one, other) => one - other)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The kernel writes 0 for a process that this one cannot see. */
function processesBelow(path: string): number[] {
  try {
    const inside = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    return [...inside.filter((pid) => pid > 0), ...foldersIn(path).flatMap(processesBelow)];
  } catch {
    return []; // There is none, or it is gone meanwhile.
  }
}

/** Removes the node's cgroup, in which no process may be any more. @throws when there is one. */
export function removeCgroup(): void {
  for (const each of cgroups()) removeTree(each);
  const root = unified();
  if (root !== undefined) passControllersOnNoMore(root, controllersRecord);
}

/** The folders only, the innermost first: files of a cgroup cannot be removed. */
function removeTree(path: string): void {
  if (!existsSync(path)) return;
  for (const each of foldersIn(path)) removeTree(each);
  rmdirSync(path);
}

function foldersIn(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
