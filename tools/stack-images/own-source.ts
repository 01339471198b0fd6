import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Source of ours that a program is built with. */
export interface OwnSource {
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Tells a program apart from one of other source: the version, which a cache goes by, is not ours to change. */
  readonly hash: string;
}

/** Reads source of ours by its paths in a folder under tools/. */
export function ownSource(folder: string, paths: readonly string[]): OwnSource {
  const text = (path: string) => readFileSync(join(import.meta.dirname, '..', folder, path), 'utf8');
  const files = Object.fromEntries(paths.map((path) => [path, text(path)]));
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  return { files, hash };
}
