import { z } from 'zod';
import { BackupError } from './backup-error.ts';
import { getText, type BackupStore } from './backup-store.ts';

/** The folder of all sets. */
export const setsFolder = 'qdrant';

const file = z.object({
  /** Name of the node that it was made on. */
  node: z.string(),
  key: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** Numbers of the shards that are in it. */
  shards: z.array(z.int()),
});

const fingerprint = z.object({ id: z.union([z.string(), z.int()]), sha256: z.string() });

const savedCollection = z.object({
  /** Shards of the collection, on all nodes; 0 when no node could say. */
  shardCount: z.int(),
  /** Points that were counted before, between and after the snapshots of the nodes. */
  points: z.object({ least: z.int(), most: z.int() }),
  /** Some points that stayed as they were meanwhile. */
  sample: z.array(fingerprint),
  files: z.array(file),
});

const manifest = z.object({
  format: z.literal(1),
  /** When it was begun, as {@link setName} writes it. */
  name: z.string(),
  collections: z.record(z.string(), savedCollection),
  /** What is missing, a sentence each. */
  failures: z.array(z.string()),
});

/** The snapshot of one node. */
export type SnapshotFile = z.output<typeof file>;
/** A point by the hash of what it holds. */
export type Fingerprint = z.output<typeof fingerprint>;
/** The snapshots of all nodes of one collection. */
export type SavedCollection = z.output<typeof savedCollection>;
/** What one run has saved. Its manifest is stored last: a set without one is unfinished. */
export type SnapshotSet = z.output<typeof manifest>;

/** Name of what is begun at a time: `2026-11-20T03-00-00Z`. Names sort by time. */
export function setName(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
}

/** Key of a set's manifest. */
export const manifestKey = (name: string) => `${setsFolder}/${name}/manifest.json`;

/** What is saved of a collection of which nothing could be. */
export const nothingSaved: SavedCollection = { shardCount: 0, points: { least: 0, most: 0 }, sample: [], files: [] };

/** Whether every shard is in one of the files. With two copies of each, one node may be missing. */
export function isWhole({ shardCount, files }: SavedCollection): boolean {
  return shardCount > 0 && new Set(files.flatMap(({ shards }) => shards)).size >= shardCount;
}

/** Whether every collection of a set is whole. */
export function isWholeSet({ collections }: SnapshotSet): boolean {
  return Object.values(collections).every(isWhole);
}

/** @throws {BackupError} when there is no such set, or its manifest is damaged. */
export async function readSet(store: BackupStore, name: string): Promise<SnapshotSet> {
  const text = await getText(store, manifestKey(name));
  try {
    return manifest.parse(JSON.parse(text));
  } catch (error) {
    throw new BackupError(`the manifest of the snapshot ${name} is damaged`, { cause: error });
  }
}

/** Every finished set, newest first, the names of those whose manifest is damaged, and every key that the store lists. */
export async function readSets(
  store: BackupStore,
): Promise<{ sets: SnapshotSet[]; damaged: string[]; keys: string[] }> {
  const keys = await store.list(setsFolder);
  const names = keys.flatMap((key) => /^qdrant\/(.+)\/manifest\.json$/.exec(key)?.[1] ?? []);
  const sets: SnapshotSet[] = [];
  const damaged: string[] = [];
  for (const name of names.sort().reverse()) {
    try {
      sets.push(await readSet(store, name));
    } catch {
      damaged.push(name);
    }
  }
  return { sets, damaged, keys };
}
