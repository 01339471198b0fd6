import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, startOf } from '../../commands/running.js';
import { folder } from './layout.ts';

// Which processes of the node run: a file each, by name. A number that the kernel has given to another process since is
// told by when that one started.

const path = (name: string) => join(folder, 'run', `${name}.json`);

/** Notes that a process runs. */
export function remember(name: string, pid: number): void {
  mkdirSync(join(folder, 'run'), { recursive: true });
  writeFileSync(path(name), JSON.stringify({ pid, start: startOf(pid) }));
}

/** The process of that name, if it still runs. */
export function recall(name: string): number | undefined {
  try {
    const { pid, start } = JSON.parse(readFileSync(path(name), 'utf8')) as { pid: number; start: string };
    return startOf(pid) === start && !hasEnded(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** When that process was noted, in milliseconds since 1970. @throws when none was. */
export function rememberedAt(name: string): number {
  return statSync(path(name)).mtimeMs;
}
