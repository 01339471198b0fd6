import type { Logger } from '../telemetry/logger.ts';
import { BackupError } from './backup-error.ts';
import type { BackupStore } from './backup-store.ts';
import { drillCollection, isDrillCollection } from './drill-collection.ts';
import type { QdrantNode } from './qdrant-node.ts';
import { restoreCollection } from './restore-collection.ts';
import { isWholeSet, readSets } from './snapshot-set.ts';

/** What a drill works with. */
export interface Drill {
  readonly nodes: readonly QdrantNode[];
  readonly store: BackupStore;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Proves that the newest snapshots can be restored: every collection of the newest complete set goes, on all nodes and in
 * the same way as in earnest, into a scratch collection, is compared with what the snapshot should hold, and is removed.
 *
 * @throws {BackupError} when anything is amiss.
 */
export async function drill({ nodes, store, log }: Drill): Promise<void> {
  await removeScratch(nodes);
  const { sets, damaged } = await readSets(store);
  if (damaged.length > 0) throw new BackupError(`the manifest of the snapshot ${damaged.join(', ')} is damaged`);
  const set = sets.find(isWholeSet);
  if (set === undefined) throw new BackupError('there is no complete snapshot to restore');
  const saved = Object.entries(set.collections);
  if (saved.length === 0) await refuseIfThereAreCollections(nodes, set.name);
  for (const [collection, content] of saved) {
    const target = drillCollection(collection);
    try {
      await restoreCollection({ nodes, store, snapshot: set.name, collection, saved: content, target, log });
    } catch (error) {
      // The next drill tries again to remove what is left; why this one failed matters more.
      await removeScratch(nodes).catch((err: unknown) => log.warn({ err }, 'the scratch collection may be left'));
      throw error;
    }
    await removeScratch(nodes);
    log.info({ collection, snapshot: set.name, points: content.points.most }, 'the drill restored the collection');
  }
}

/** Removes scratch collections, also those of a drill that was ended from outside, and what was uploaded for them. */
async function removeScratch(nodes: readonly QdrantNode[]): Promise<void> {
  const scratch = await Promise.all(nodes.map(async (node) => (await node.collections()).filter(isDrillCollection)));
  for (const [index, node] of nodes.entries()) {
    for (const collection of scratch[index] ?? []) {
      for (const { name } of await node.snapshots(collection)) await node.removeSnapshot(collection, name);
    }
  }
  for (const [index, node] of nodes.entries()) {
    for (const collection of scratch[index] ?? []) await node.removeCollection(collection);
  }
}

async function refuseIfThereAreCollections(nodes: readonly QdrantNode[], snapshot: string): Promise<void> {
  for (const node of nodes) {
    const [collection] = await node.collections();
    if (collection === undefined) continue;
    throw new BackupError(`snapshot ${snapshot} holds no collection, but node ${node.name} has ${collection}`);
  }
}
