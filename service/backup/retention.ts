import type { BackupStore } from './backup-store.ts';
import { isWholeSet, manifestKey, readSets, setName, setsFolder, type SnapshotSet } from './snapshot-set.ts';

/** A set that is unfinished that long, in milliseconds, belongs to a run that was ended from outside. */
const abandonedAfterMs = 24 * 3_600_000;

/**
 * Removes what is too old, and says which sets that were.
 *
 * @param keep newest sets that stay. Incomplete ones are counted apart, so that days of failures push out no whole one.
 */
export async function removeOldSets(store: BackupStore, keep: number, now: Date): Promise<string[]> {
  const { sets, damaged } = await readSets(store);
  const old = tooOld(sets, keep).map(({ name }) => name);
  const kept = new Set([...sets.map(({ name }) => name), ...damaged].filter((name) => !old.includes(name)));
  const oldest = setName(new Date(now.getTime() - abandonedAfterMs));
  const keys = await store.list(setsFolder);
  const abandoned = [...new Set(keys.map(nameIn))].filter(
    (name) => !kept.has(name) && !old.includes(name) && name < oldest,
  );
  for (const name of [...old, ...abandoned]) {
    // First, so that what is half removed never passes for a set.
    await store.remove(manifestKey(name));
    for (const key of keys.filter((key) => nameIn(key) === name)) await store.remove(key);
  }
  return [...old, ...abandoned];
}

/** Of sets that are sorted from the newest on, those that go. */
export function tooOld(sets: readonly SnapshotSet[], keep: number): SnapshotSet[] {
  return [true, false].flatMap((whole) => sets.filter((set) => isWholeSet(set) === whole).slice(keep));
}

const nameIn = (key: string) => key.split('/')[1] ?? '';
