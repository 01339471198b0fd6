import { sleep } from '../resilience/backoff.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BackupError } from './backup-error.ts';
import type { BackupStore } from './backup-store.ts';
import { unchanged } from './fingerprints.ts';
import { measured } from './measure.ts';
import type { QdrantNode, Shards } from './qdrant-node.ts';
import type { SavedCollection, SnapshotFile } from './snapshot-set.ts';

/** Milliseconds between two looks at a cluster, and until it has to have settled. */
const settling = { pauseMs: 1_000, limitMs: 900_000 };

/** What a snapshot is called on a node that restores it: a fixed name, so that failures never pile up on its disk. */
const uploaded = 'ballast-restore.snapshot';

/** One collection of a set, and where it goes. */
export interface Restoration {
  readonly nodes: readonly QdrantNode[];
  readonly store: BackupStore;
  /** Name of the set, for messages. */
  readonly snapshot: string;
  readonly collection: string;
  readonly saved: SavedCollection;
  /** The collection to restore into; it is made when it is missing. */
  readonly target: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Restores a collection node by node, each from its own file, and checks what came of it. Every file is read and checked
 * before anything is changed, and every node is asked whether it is there.
 *
 * @throws {BackupError} when a file is damaged, a node fails, or points are missing or other than they were.
 */
export async function restoreCollection(restoration: Restoration): Promise<void> {
  const { nodes, saved, target, log } = restoration;
  const [first] = nodes;
  if (first === undefined) throw new BackupError('there is no node to restore to');
  for (const file of saved.files) await verify(restoration, file);
  const [clustered] = await Promise.all(nodes.map((node) => node.isClustered()));
  for (const [index, file] of saved.files.entries()) {
    const node = nodes.find(({ name }) => name === file.node) ?? nodes[index % nodes.length] ?? first;
    await upload(restoration, file, node);
    if (clustered) await settle(nodes, target);
    log.info({ node: node.name, collection: target, bytes: file.bytes }, 'the snapshot of a node is restored');
  }
  await check(restoration, first);
}

async function verify({ store, snapshot, collection }: Restoration, file: SnapshotFile): Promise<void> {
  const { bytes, sha256 } = await measured(store.get(file.key));
  if (bytes === file.bytes && sha256 === file.sha256) return;
  const what = bytes === file.bytes ? 'another content' : `${bytes} bytes instead of ${file.bytes}`;
  throw new BackupError(
    `snapshot ${snapshot} of collection ${collection}: the file of node ${file.node} is damaged, it has ${what}`,
  );
}

/**
 * What is uploaded stays on the node's disk until it is removed, which takes a collection: where there is none, since the
 * upload failed, the next one is stored in its place.
 */
async function upload({ store, target, log }: Restoration, file: SnapshotFile, node: QdrantNode): Promise<void> {
  try {
    await node.upload(target, { name: uploaded, bytes: file.bytes, sha256: file.sha256 }, store.get(file.key));
  } finally {
    await node.removeSnapshot(target, uploaded).catch((err: unknown) => {
      log.warn({ err }, `${uploaded} stays on the node until the next restore`);
    });
  }
}

/**
 * Waits until every copy of every shard is active and none is on its way. Nodes agree on states a moment after an answer, so
 * that must hold twice.
 */
async function settle(nodes: readonly QdrantNode[], collection: string): Promise<void> {
  const deadline = Date.now() + settling.limitMs;
  let calm = 0;
  while (calm < 2) {
    await sleep(settling.pauseMs);
    const views = await Promise.all(nodes.map((node) => node.shards(collection)));
    calm = views.every(isSettled) ? calm + 1 : 0;
    if (calm === 0 && Date.now() > deadline) {
      const unsettled = nodes[views.findIndex((view) => !isSettled(view))]?.name ?? '';
      const seconds = settling.limitMs / 1000;
      throw new BackupError(
        `node ${unsettled}, collection ${collection}: its shards are not active after ${seconds} s`,
      );
    }
  }
}

/** Whether a node sees every copy of every shard active, and none on its way. */
export function isSettled({ local_shards: local, remote_shards: remote, shard_transfers: transfers }: Shards): boolean {
  return transfers.length === 0 && [...local, ...remote].every(({ state }) => state === 'Active');
}

/** Compares what is there now with what the snapshot should hold. */
async function check({ snapshot, collection, saved, target }: Restoration, node: QdrantNode): Promise<void> {
  const where = `snapshot ${snapshot} of collection ${collection}`;
  const { least, most } = saved.points;
  const count = await node.count(target);
  if (count < least || count > most) {
    const expected = least === most ? most : `${least} to ${most}`;
    throw new BackupError(`${where}: ${count} points were restored, it should hold ${expected}`);
  }
  const good = await unchanged(node, target, saved.sample);
  if (good.length < saved.sample.length) {
    const bad = saved.sample.length - good.length;
    throw new BackupError(
      `${where}: ${bad} of ${saved.sample.length} sampled points are missing or other than they were`,
    );
  }
}
