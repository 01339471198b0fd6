import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a kubelet insists on in its cgroup, as far as the root of the hierarchy has it. */
const wanted: readonly string[] = ['cpu', 'cpuset', 'memory', 'hugetlb', 'pids'];

/**
 * Has the root of a hierarchy of version 2 pass on to other cgroups what a kubelet wants in its own. systemd passes on less.
 *
 * @param root Folder of the hierarchy.
 * @param record File that keeps the names of what was not passed on before.
 * @throws when the kernel refuses.
 */
export function passControllersOn(root: string, record: string): void {
  const passedOn = wordsIn(control(root));
  const added = wordsIn(join(root, 'cgroup.controllers')).filter(
    (controller) => wanted.includes(controller) && !passedOn.includes(controller),
  );
  if (added.length === 0) return;
  writeFileSync(record, [...new Set([...wordsIn(record), ...added])].join(' '));
  // One by one: of several in one line the kernel takes all or none.
  for (const controller of added) passOn(root, controller);
}

/** Has the root pass on no more than before. What is used meanwhile, as by another node, stays until its user ends. */
export function passControllersOnNoMore(root: string, record: string): void {
  const kept = wordsIn(record).filter((controller) => !isTakenBack(root, controller));
  if (kept.length > 0) writeFileSync(record, kept.join(' '));
  else rmSync(record, { force: true });
}

function passOn(root: string, controller: string): void {
  try {
    appendFileSync(control(root), `+${controller}`);
  } catch (error) {
    throw new Error(`The kubelet needs ${controller}, which ${control(root)} refuses: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isTakenBack(root: string, controller: string): boolean {
  try {
    appendFileSync(control(root), `-${controller}`);
    return true;
  } catch {
    return false;
  }
}

const control = (root: string) => join(root, 'cgroup.subtree_control');

function wordsIn(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split(/\s+/)
        .filter((word) => word !== '')
    : [];
}
