import { Failure } from '../failure.ts';
import { formatTable } from '../table.ts';
import { lockChanges, nextLock, readLock, writeLock, type LockChange } from './lock-file.ts';
import { currentDigest } from './registry.ts';

/** Which lock file is refreshed, and how. */
export interface RefreshOptions {
  /** The pinned images: `registry/name:tag`. */
  readonly references: readonly string[];
  /** Of the lock file. */
  readonly path: string;
  /** Write nothing; a lock that would change is a failure. */
  readonly check: boolean;
  /** Longest time for one image, in milliseconds. */
  readonly timeoutMs: number;
  /** Is given what changed. */
  readonly print: (text: string) => void;
}

/**
 * Asks the registries for the digests of the pinned images, and writes them to the lock file. An image whose digest is not to be
 * had keeps the one that is known.
 *
 * @throws {Failure} at the end, with one sentence for each of those images.
 */
export async function refreshLock({ references, path, check, timeoutMs, print }: RefreshOptions): Promise<void> {
  const known = readLock(path);
  const found: Record<string, string> = {};
  const problems: string[] = [];
  const ask = async (reference: string) => {
    try {
      found[reference] = await currentDigest(reference, timeoutMs);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(error.message);
    }
  };
  await Promise.all(references.map(ask));
  const lock = nextLock(known, references, found);
  const changes = lockChanges(known, lock);
  print(changes.length === 0 ? 'No changes.' : formatTable(['image', 'change', 'before', 'now'], changes.map(row)));
  if (check && changes.length > 0) problems.push(`${path} is out of date: npm run images writes it.`);
  if (!check && changes.length > 0) writeLock(path, lock);
  if (problems.length > 0) throw new Failure(problems.toSorted().join('\n'));
}

function row({ reference, before, now }: LockChange): string[] {
  const change = now === undefined ? 'no longer pinned' : before === undefined ? 'new' : 'the tag has moved';
  return [reference, change, short(before), short(now)];
}

/** Enough of a digest to tell it from others; the lock file has all of it. */
function short(digest: string | undefined): string {
  return digest?.slice(0, 'sha256:'.length + 12) ?? '-';
}
