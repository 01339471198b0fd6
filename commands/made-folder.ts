import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './failure.ts';

/**
 * Writes the files of a command into a folder, and removes those that it wrote earlier and makes no more.
 *
 * @param files Text by path below the folder.
 * @param isOwn Whether a text is one that the command wrote.
 * @throws {Failure} when a folder of these files holds YAML or JSON of somebody else, since what reads the folder would read that
 *   too; nothing is written then. Also when the folder cannot be read or written.
 */
export function writeMade(folder: string, files: ReadonlyMap<string, string>, isOwn: (text: string) => boolean): void {
  try {
    const places = [...new Set([...files.keys()].map(dirname))];
    for (const place of places) mkdirSync(join(folder, place), { recursive: true });
    const existing = places.flatMap((place) => namesIn(join(folder, place)).map((name) => join(place, name)));
    const foreign = existing.filter((path) => !isOwn(readFileSync(join(folder, path), 'utf8')));
    if (foreign.length > 0) {
      const paths = foreign.join(', ');
      throw new Failure(`${folder} holds what is not ours: ${paths}. Give another folder, or remove them.`);
    }
    for (const path of existing) if (!files.has(path)) rmSync(join(folder, path));
    for (const [path, text] of files) writeFileSync(join(folder, path), text);
  } catch (error) {
    if (isOfFileSystem(error)) throw new Failure(error.message);
    throw error;
  }
}

/** Files that Prometheus, promtool, kubectl and Grafana take of a folder, by their endings. */
const namesIn = (folder: string) => readdirSync(folder).filter((name) => /\.(yaml|yml|json)$/.test(name));

const isOfFileSystem = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;
