import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from '../commands/lock.js';

/** How long after its last use something is kept when another one is made beside it, in milliseconds: of another checkout. */
const keptForMs = 24 * 60 * 60 * 1000;

/** A file that is written last, so that what was cut off is never taken for whole. Its time is that of the last use. */
const stampOf = (path: string) => `${path}.made`;

/**
 * Makes a file or folder of the cache once, whoever asks for it meanwhile.
 *
 * @param path tells apart what is there: its folder holds nothing but other editions of the same, of which those that nobody
 *   has asked for within a day are removed when another one is made.
 * @param waiting printed when another process makes one there.
 * @param make writes it to the path, where nothing is. What it leaves there when it fails is removed.
 * @returns the path.
 */
export async function madeOnce(path: string, waiting: string, make: () => Promise<void>): Promise<string> {
  if (!isMade(path)) {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true });
    await withLock(join(folder, 'lock'), waiting, async () => {
      if (isMade(path)) return;
      await remove(path);
      try {
        await make();
        writeFileSync(stampOf(path), '');
      } finally {
        if (!isMade(path)) await remove(path);
      }
      await removeUnused(folder);
    });
  }
  const now = new Date();
  utimesSync(stampOf(path), now, now);
  return path;
}

/** Whether something that {@link madeOnce} makes is there, and whole. */
export const isMade = (path: string) => existsSync(stampOf(path)) && existsSync(path);

/** rmSync of Node 24 takes minutes for many files. */
const remove = (path: string) => rm(path, { recursive: true, force: true });

async function removeUnused(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = statSync(stampOf(path), { throwIfNoEntry: false }) ?? statSync(path);
    if (Date.now() - mtimeMs > keptForMs) await remove(path);
  }
}
