import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroup } from './layout.ts';

/** The node's cgroup in every hierarchy: there is one of version 2, and one for each controller of version 1. */
function cgroups(): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').trim().split('\n');
  return mounts
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '']) => join(path, cgroup));
}

/** Makes the node's cgroup. */
export function makeCgroup(): void {
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

/** Removes the node's cgroup, in which no process may be any more. @throws when there is one. */
export function removeCgroup(): void {
  for (const each of cgroups()) removeTree(each);
}

/** The folders only, the innermost first: files of a cgroup cannot be removed. */
function removeTree(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(path, entry.name));
  }
  rmdirSync(path);
}

/** The cgroups of the node that are there. */
export function leftCgroups(): string[] {
  return cgroups().filter((each) => existsSync(each));
}
