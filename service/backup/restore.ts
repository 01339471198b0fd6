import type { Logger } from '../telemetry/logger.ts';
import { embeddingModelNote } from '../upstreams/qdrant/embedding-model.ts';
import { BackupError } from './backup-error.ts';
import type { BackupStore } from './backup-store.ts';
import type { QdrantNode } from './qdrant-node.ts';
import { restoreCollection } from './restore-collection.ts';
import { isWhole, readSet, readSets, type SnapshotSet } from './snapshot-set.ts';

/** What is to be restored, as the operator says it. */
export interface RestoreRequest {
  readonly nodes: readonly QdrantNode[];
  readonly store: BackupStore;
  /** A collection's name, or `all` of the snapshot. */
  readonly collection: string;
  /** A set's name, or `latest`. */
  readonly snapshot: string;
  /** Whether points that are there now may be lost. */
  readonly overwrite: boolean;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Restores one collection or all of a set.
 *
 * @throws {BackupError} before anything is changed, when it is not clear what to restore or data would be lost; and as
 *   {@link restoreCollection} does.
 */
export async function restore(request: RestoreRequest): Promise<void> {
  const { nodes, store, log, overwrite } = request;
  const set = await chosenSet(request);
  const names = request.collection === 'all' ? Object.keys(set.collections) : [request.collection];
  if (!overwrite) for (const name of names) await refuseWherePointsAre(nodes, name);
  for (const collection of names) {
    const saved = set.collections[collection];
    if (saved === undefined) continue;
    await restoreCollection({ nodes, store, snapshot: set.name, collection, saved, target: collection, log });
    log.info({ collection, snapshot: set.name }, 'the collection is restored');
  }
}

async function chosenSet({ store, snapshot, collection }: RestoreRequest): Promise<SnapshotSet> {
  const holds = ({ collections }: SnapshotSet) => {
    const wanted = collection === 'all' ? Object.values(collections) : [collections[collection]];
    return wanted.length > 0 && wanted.every((saved) => saved !== undefined && isWhole(saved));
  };
  if (snapshot === 'latest') {
    const set = (await readSets(store)).sets.find(holds);
    if (set === undefined) throw new BackupError(`there is no complete snapshot of ${nameOf(collection)}`);
    return set;
  }
  const set = await readSet(store, snapshot);
  if (!holds(set)) {
    const { failures } = set;
    const why = failures.length > 0 ? `: when it was made, ${failures.join('; ')}` : '';
    throw new BackupError(`the snapshot ${snapshot} does not hold all of ${nameOf(collection)}${why}`);
  }
  return set;
}

const nameOf = (collection: string) => (collection === 'all' ? 'every collection' : `collection ${collection}`);

/** The API makes a missing collection again within seconds, and notes its embedding model there: that may be replaced. */
async function refuseWherePointsAre(nodes: readonly QdrantNode[], collection: string): Promise<void> {
  for (const node of nodes) {
    const exists = (await node.collections()).includes(collection);
    const count = exists ? await node.count(collection, { must_not: [embeddingModelNote] }) : 0;
    if (count === 0) continue;
    const advice = 'set RESTORE_OVERWRITE=true to replace them by those of the snapshot';
    throw new BackupError(`node ${node.name}, collection ${collection}: there are ${count} points now; ${advice}`);
  }
}
