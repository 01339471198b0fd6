import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, for their owner only.
 *
 * Node's own `recursive` never returns where a file system refuses every folder, such as below `/proc`, and names the
 * wrong reason on a read-only one.
 *
 * @throws what the file system says of the first folder that could not be made.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(path)) throw error; // Otherwise another process has just made it.
  }
}
