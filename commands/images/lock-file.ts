import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import { digestSchema } from './registry.ts';

/** Digests by reference with tag, as the file infra/images.lock.json holds them. */
export type ImageLock = Readonly<Record<string, string>>;

const lockSchema = z.record(z.string(), digestSchema);

/** One reference whose digest is another than before. */
export interface LockChange {
  readonly reference: string;
  /** `undefined` when it was not known. */
  readonly before: string | undefined;
  /** `undefined` when the image is no longer pinned. */
  readonly now: string | undefined;
}

/** Reads the lock file. @throws {Failure} when it is not a lock file, so that it is not replaced. */
export function readLock(path: string): ImageLock {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Failure(`${path} cannot be read: ${reason}`);
  }
}

/** The lock of the pinned images, sorted: what was found now, else what was known. Others are left out. */
export function nextLock(known: ImageLock, pinned: readonly string[], found: ImageLock): ImageLock {
  const digests = pinned.toSorted().map((reference) => [reference, found[reference] ?? known[reference]] as const);
  return Object.fromEntries(digests.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What one lock has other than another, sorted by reference. */
export function lockChanges(before: ImageLock, now: ImageLock): LockChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .toSorted()
    .map((reference) => ({ reference, before: before[reference], now: now[reference] }))
    .filter((change) => change.before !== change.now);
}

/** Writes the lock file, whole or not at all. */
export function writeLock(path: string, lock: ImageLock): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(lock, undefined, 2)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(`${path} cannot be written: ${(error as Error).message}`);
  }
}
