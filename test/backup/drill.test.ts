import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { drill } from '../../service/backup/drill.ts';
import { readSet, type SavedCollection, type SnapshotSet } from '../../service/backup/snapshot-set.ts';
import { putText } from '../../service/backup/backup-store.ts';
import { takeSnapshots } from '../../service/backup/take-snapshots.ts';
import { TwoNodes } from './two-nodes.ts';

let two: TwoNodes;
let set: SnapshotSet;
/** The backups as they were made, once: that takes longer than all that most tests do with them. */
const asMade = mkdtempSync(join(tmpdir(), 'ballast-backups-'));
beforeAll(async () => {
  two = await TwoNodes.start();
  await two.fill('passages', 40);
  const now = new Date('2026-11-20T03:00:00Z');
  set = await takeSnapshots({ nodes: two.nodes, store: two.store, keep: 2, log: two.log, now });
  cpSync(two.folder, asMade, { recursive: true });
});
afterAll(async () => {
  await two.close();
  rmSync(asMade, { recursive: true, force: true });
});
beforeEach(async () => {
  two.messages.length = 0;
  await Promise.all(two.standins.map((standin) => standin.clearFaults()));
  backUpAgain();
  if ((await two.collections(two.first)).length === 0) await two.fill('passages', 40);
});

/** Undoes what was done to the backups. */
function backUpAgain(): void {
  rmSync(two.folder, { recursive: true, force: true });
  cpSync(asMade, two.folder, { recursive: true });
}

const rehearse = () => drill({ nodes: two.nodes, store: two.store, log: two.log });

/** Changes what the manifest says of the collection. */
async function claim(change: (saved: SavedCollection) => Partial<SavedCollection>): Promise<void> {
  const { collections, ...rest } = await readSet(two.store, set.name);
  const passages = collections['passages'] as SavedCollection;
  const text = JSON.stringify({ ...rest, collections: { passages: { ...passages, ...change(passages) } } });
  await putText(two.store, `qdrant/${set.name}/manifest.json`, text);
}

/** The drill failed, and left nothing but what was there before. */
async function fails(sentence: string | RegExp): Promise<void> {
  await expect(rehearse()).rejects.toThrow(sentence);
  await leavesNothing();
}

async function leavesNothing(): Promise<void> {
  for (const standin of two.standins) expect(await two.collections(standin)).toEqual(['passages']);
  expect(two.leftOnNodes()).toEqual([]);
}

describe('a drill', () => {
  test('restores what was saved, leaves no trace, and touches nothing that is in use', async () => {
    await two.put('passages', [{ id: 1000, vector: [1, 0, 0], payload: {} }]);
    const before = await two.search(two.first, 'passages');
    await rehearse();
    await leavesNothing();
    expect(await two.search(two.first, 'passages')).toEqual(before);
    expect(two.messages).toContain('the drill restored the collection');
  });

  test('passes for a collection that is gone by now', async () => {
    await two.lose('passages');
    await rehearse();
    for (const standin of two.standins) expect(await two.collections(standin)).toEqual([]);
  });

  test('removes what an earlier one left, uploads included', async () => {
    await two.fill('ballast-drill-passages', 3);
    await two.ask(two.second, 'POST', '/collections/ballast-drill-passages/snapshots');
    await rehearse();
    await leavesNothing();
  });
});

describe('a drill fails for', () => {
  test('a file that is damaged', async () => {
    const [file] = set.collections['passages']?.files ?? [];
    const whole = Buffer.concat(await Array.fromAsync(two.store.get(file?.key ?? '')));
    whole[whole.length >> 1] = (whole[whole.length >> 1] ?? 0) ^ 1;
    await two.store.put(file?.key ?? '', pieces(whole), whole.length);
    await fails(`the file of node ${file?.node} is damaged, it has another content`);
  });

  test('a file that is missing', async () => {
    const [file] = set.collections['passages']?.files ?? [];
    await two.store.remove(file?.key ?? '');
    await fails(`${file?.key} could not be read: ENOENT`);
  });

  test('a file that the node cannot restore', async () => {
    const [file] = set.collections['passages']?.files ?? [];
    await putText(two.store, file?.key ?? '', 'not a snapshot');
    const sha256 = createHash('sha256').update('not a snapshot').digest('hex');
    await claim(({ files }) => ({
      files: files.map((each) => (each.key === file?.key ? { ...each, bytes: 14, sha256 } : each)),
    }));
    const refusal = /node .*, collection ballast-drill-passages: answered with status 400: Wrong input: /;
    await expect(rehearse()).rejects.toThrow(refusal);
    await expect(rehearse()).rejects.toThrow(refusal);
    // Qdrant removes no snapshot of a collection that is not there; so there is one, and the next good drill removes it.
    expect(two.leftOnNodes()).toEqual(['ballast-drill-passages/ballast-restore.snapshot']);
    backUpAgain();
    await rehearse();
    await leavesNothing();
  });

  test('points that are missing', async () => {
    await claim(() => ({ points: { least: 41, most: 43 } }));
    await fails(`snapshot ${set.name} of collection passages: 40 points were restored, it should hold 41 to 43`);
  });

  test('points that are other than they were', async () => {
    expect(set.collections['passages']?.sample.length).toBeGreaterThan(4);
    await claim(({ sample }) => ({
      sample: sample.map((each, index) => (index < 2 ? { ...each, sha256: '0'.repeat(64) } : each)),
    }));
    const all = set.collections['passages']?.sample.length;
    await fails(`snapshot ${set.name} of collection passages: 2 of ${all} sampled points are missing or other`);
  });

  test('a node that is away', async () => {
    await two.second.setFault({ kind: 'refuse' });
    await expect(rehearse()).rejects.toThrow(`node ${two.nodes[1]?.name}: cannot be reached (ECONNREFUSED)`);
    await two.second.clearFaults();
    await leavesNothing();
  });

  test('a manifest that is damaged', async () => {
    await putText(two.store, `qdrant/${set.name}/manifest.json`, '{"format": 1,');
    await fails(`the manifest of the snapshot ${set.name} is damaged`);
  });

  test('the lack of any complete set', async () => {
    await claim(({ shardCount }) => ({ shardCount: shardCount + 1 }));
    await fails('there is no complete snapshot to restore');
  });

  test('a set without collections where there are some', async () => {
    const empty = { format: 1, name: '2026-11-21T03-00-00Z', collections: {}, failures: [] };
    await putText(two.store, 'qdrant/2026-11-21T03-00-00Z/manifest.json', JSON.stringify(empty));
    await fails('snapshot 2026-11-21T03-00-00Z holds no collection, but node');
  });
});

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
