import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Twelve digits that tell contents apart, of what JSON holds. */
export function fingerprint(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}

/** Texts of the files below a folder under tools/, by their paths in it. */
export function textsBelow(folder: string): Readonly<Record<string, string>> {
  const base = join(import.meta.dirname, folder);
  const paths = readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  return Object.fromEntries(paths.map((path) => [relative(base, path), readFileSync(path, 'utf8')]));
}
