import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A file of a folder. */
export interface FoundFile {
  readonly path: string;
  /** Its document's ID: the path from the folder's parent, with slashes. */
  readonly id: string;
}

/** Every file below a folder, in order of its path. @throws when the folder cannot be read. */
export async function filesBelow(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path, id: relative(dirname(folder), path).replaceAll('\\', '/') }));
}
