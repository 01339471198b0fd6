import type { BackupStore } from './backup-store.ts';
import { isWholeSet, manifestKey, readSets, setName, setsFolder, type SnapshotSet } from './snapshot-set.ts';

/** A set that is unfinished that long, in milliseconds, belongs to a run that was ended from outside. */
const abandonedAfterMs = 24 * 3_600_000;

/**
 * Makes room for a new set, and says which sets went: those that {@link outlived} names.
 *
 * @param keep whole sets that stay.
 */
export async function makeRoom(store: BackupStore, keep: number, now: Date): Promise<string[]> {
  const { sets, abandoned, remove } = await storedSets(store, now);
  return remove(outlived(sets, abandoned, keep));
}

/**
 * Removes what is too old once a set is stored, and says which sets that were.
 *
 * @param keep newest sets that stay. Incomplete ones are counted apart, so that days of failures push out no whole one.
 */
export async function removeOldSets(store: BackupStore, keep: number, now: Date): Promise<string[]> {
  const { sets, abandoned, remove } = await storedSets(store, now);
  return remove([...tooOld(sets, keep).map(({ name }) => name), ...abandoned]);
}

/** Of sets that are sorted from the newest on, those that go. */
export function tooOld(sets: readonly SnapshotSet[], keep: number): SnapshotSet[] {
  return [true, false].flatMap((whole) => sets.filter((set) => isWholeSet(set) === whole).slice(keep));
}

/**
 * The names of those that nobody misses since a later set is whole: the incomplete and the abandoned ones, and whole ones
 * beyond those that are kept. A set without collections takes no other's place.
 *
 * @param sets sorted from the newest on.
 * @param abandoned names of sets without a manifest.
 */
export function outlived(sets: readonly SnapshotSet[], abandoned: readonly string[], keep: number): string[] {
  const newestWhole = sets.find((set) => isWholeSet(set) && Object.keys(set.collections).length > 0)?.name ?? '';
  const incomplete = sets.filter((set) => !isWholeSet(set));
  const names = [...incomplete, ...tooOld(sets, keep)].map(({ name }) => name);
  return [...new Set([...names, ...abandoned])].filter((name) => name < newestWhole).sort();
}

async function storedSets(store: BackupStore, now: Date) {
  const { sets, damaged, keys: listed } = await readSets(store);
  const finished = new Set([...sets.map(({ name }) => name), ...damaged]);
  const oldest = setName(new Date(now.getTime() - abandonedAfterMs));
  const keys = [...listed, ...(await store.unfinished(setsFolder))];
  const abandoned = [...new Set(keys.map(nameIn))].filter((name) => !finished.has(name) && name < oldest);
  const remove = async (names: string[]) => {
    for (const name of names) {
      // First, so that what is half removed never passes for a set.
      await store.remove(manifestKey(name));
      for (const key of keys.filter((key) => nameIn(key) === name)) await store.remove(key);
    }
    return names;
  };
  return { sets, abandoned, remove };
}

const nameIn = (key: string) => key.split('/')[1] ?? '';
