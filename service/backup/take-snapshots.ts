import type { Logger } from '../telemetry/logger.ts';
import { BackupError, reasonOf } from './backup-error.ts';
import { putText, type BackupStore } from './backup-store.ts';
import { isDrillCollection } from './drill-collection.ts';
import { sampleOf, unchanged } from './fingerprints.ts';
import { Measure } from './measure.ts';
import type { QdrantNode } from './qdrant-node.ts';
import { makeRoom, removeOldSets } from './retention.ts';
import {
  manifestKey,
  nothingSaved,
  setName,
  setsFolder,
  type SavedCollection,
  type SnapshotFile,
  type SnapshotSet,
} from './snapshot-set.ts';

/** A snapshot stays on a node's disk while it is fetched; one that is that old, in milliseconds, was left behind. */
const leftBehindAfterMs = 24 * 3_600_000;

/** What a run works with. */
export interface SnapshotRun {
  readonly nodes: readonly QdrantNode[];
  readonly store: BackupStore;
  /** Newest sets that stay. */
  readonly keep: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** When it begins. */
  readonly now: Date;
}

/**
 * Makes room, stores a snapshot of every collection from every node, checks each by its checksum, and removes sets that are
 * too old.
 *
 * @throws {BackupError} after all that could be done, when a part of it could not.
 */
export async function takeSnapshots(run: SnapshotRun): Promise<SnapshotSet> {
  const { store, keep, log, now } = run;
  const failures: string[] = [];
  const collectionsOf = new Map<QdrantNode, string[]>();
  await Promise.all(
    run.nodes.map((node) => attempt(failures, async () => collectionsOf.set(node, await node.collections()))),
  );
  if (collectionsOf.size === 0) throw new BackupError(failures.join('; '));

  // What failed before must not leave a volume too full for what would make it good.
  await attempt(failures, async () => {
    for (const removed of await makeRoom(store, keep, now)) {
      log.info({ snapshot: removed }, 'removed to make room, as a later snapshot is complete');
    }
  });

  const set: SnapshotSet = { format: 1, name: setName(now), collections: {}, failures };
  const names = new Set([...collectionsOf.values()].flat().filter((name) => !isDrillCollection(name)));
  for (const collection of [...names].sort()) {
    const nodes = run.nodes.filter((node) => collectionsOf.get(node)?.includes(collection));
    set.collections[collection] = nothingSaved;
    await attempt(failures, async () => {
      set.collections[collection] = await save(run, set, collection, nodes);
    });
  }
  await putText(store, manifestKey(set.name), JSON.stringify(set));
  log.info({ snapshot: set.name, collections: [...names], failures: failures.length }, 'the snapshots are stored');
  for (const removed of await removeOldSets(store, keep, now)) log.info({ snapshot: removed }, 'removed, as too old');
  if (failures.length > 0) throw new BackupError(failures.join('; '));
  return set;
}

/** Saves one collection from all nodes that are there. */
async function save(
  run: SnapshotRun,
  set: SnapshotSet,
  collection: string,
  nodes: readonly QdrantNode[],
): Promise<SavedCollection> {
  const files: SnapshotFile[] = [];
  const sample = await fromAny(nodes, (node) => sampleOf(node, collection));
  const counts = [await fromAny(nodes, (node) => node.count(collection))];
  let shardCount = 0;
  for (const node of nodes) {
    await attempt(set.failures, async () => {
      const { shard_count, local_shards: replicas } = await node.shards(collection);
      shardCount = Math.max(shardCount, shard_count);
      const behind = replicas.find(({ state }) => state !== 'Active');
      if (behind) {
        const why = `its copy of shard ${behind.shard_id} is ${behind.state}, so a snapshot of it may lack points`;
        throw new BackupError(`node ${node.name}, collection ${collection}: ${why}`);
      }
      const stored = await fetchSnapshot(run, `${setsFolder}/${set.name}`, collection, node);
      files.push({ ...stored, shards: replicas.map(({ shard_id }) => shard_id) });
    });
    counts.push(await fromAny(nodes, (any) => any.count(collection)));
  }
  return {
    shardCount,
    points: { least: Math.min(...counts), most: Math.max(...counts) },
    sample: await fromAny(nodes, (node) => unchanged(node, collection, sample)),
    files,
  };
}

/** Makes a snapshot on a node, stores it, and leaves none on the node. */
async function fetchSnapshot(
  { store, log, now }: SnapshotRun,
  folder: string,
  collection: string,
  node: QdrantNode,
): Promise<Omit<SnapshotFile, 'shards'>> {
  for (const { name, creation_time: made } of await node.snapshots(collection)) {
    if (made && Date.parse(`${made}Z`) < now.getTime() - leftBehindAfterMs) await node.removeSnapshot(collection, name);
  }
  const { name, size, checksum } = await node.createSnapshot(collection);
  const key = `${folder}/${inKey(collection)}/${node.name.replaceAll(':', '_')}.snapshot`;
  const measure = new Measure();
  try {
    await store.put(key, measure.of(node.download(collection, name)), size);
    const sha256 = measure.sha256();
    if (checksum && checksum !== sha256) {
      await store.remove(key);
      throw new BackupError(`node ${node.name}, collection ${collection}: the snapshot came with another checksum`);
    }
    log.info({ node: node.name, collection, bytes: size }, 'the snapshot of a node is stored');
    return { node: node.name, key, bytes: size, sha256 };
  } finally {
    await node.removeSnapshot(collection, name).catch((err: unknown) => {
      log.warn({ err }, 'the snapshot stays on the node until tomorrow');
    });
  }
}

/** What the first node says that answers. */
async function fromAny<T>(nodes: readonly QdrantNode[], ask: (node: QdrantNode) => Promise<T>): Promise<T> {
  const failures: string[] = [];
  for (const node of nodes) {
    try {
      return await ask(node);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  throw new BackupError(failures.join('; '));
}

/** Notes what goes wrong, so that the rest is still done. */
async function attempt(failures: string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    failures.push(reasonOf(error));
  }
}

/** A collection's name as part of a key: itself, unless it has other signs than keys may have. */
function inKey(collection: string): string {
  return /^[\w.-]+$/.test(collection) ? collection : `~${Buffer.from(collection).toString('base64url')}`;
}
