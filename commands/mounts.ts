import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Undoes every mount below a folder, the last one first: it may be inside another. Does nothing on machines without
 * `/proc/mounts`.
 *
 * @param folder its whole path.
 * @throws when one cannot be undone.
 */
export function unmountBelow(folder: string): void {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8').split('\n') : [];
  for (const [, path = ''] of mounts.map((line) => line.split(' ')).reverse()) {
    if (path.startsWith(`${folder}/`)) execFileSync('umount', [path]);
  }
}
