import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BackupError } from '../../service/backup/backup-error.ts';
import type { BackupStore } from '../../service/backup/backup-store.ts';
import { FolderStore } from '../../service/backup/folder-store.ts';
import { QdrantNode } from '../../service/backup/qdrant-node.ts';
import { isWholeSet, readSet, type SnapshotSet } from '../../service/backup/snapshot-set.ts';
import { takeSnapshots } from '../../service/backup/take-snapshots.ts';
import { restore } from '../../service/backup/restore.ts';
import { QdrantConnection } from '../../service/upstreams/qdrant/connection.ts';
import type { Fault } from '../standins/faults.ts';
import { apiKey, TwoNodes } from './two-nodes.ts';

let two: TwoNodes;
beforeAll(async () => {
  two = await TwoNodes.start();
});
afterAll(() => two.close());
beforeEach(() => two.reset());

/** One run, at a day in November. */
function snapshot(day = 20, nodes = two.nodes, store: BackupStore = two.store): Promise<SnapshotSet> {
  const now = new Date(`2026-11-${day}T03:00:00Z`);
  return takeSnapshots({ nodes, store, keep: 2, log: two.log, now });
}

/** A volume that is full as it is now. */
class FullVolume extends FolderStore {
  readonly #used: () => number;
  readonly #room: number;

  constructor(folder: string) {
    super(folder);
    const files = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
    const sizes = () => files().map((path) => (statSync(path).isFile() ? statSync(path).size : 0));
    this.#used = () => sizes().reduce((sum, size) => sum + size, 0);
    this.#room = this.#used();
  }

  override async put(key: string, content: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
    if (this.#used() + bytes > this.#room) throw new BackupError(`${key} could not be written: ENOSPC`);
    await super.put(key, content, bytes);
  }
}

/** A volume on which nothing can be removed. */
class FrozenVolume extends FolderStore {
  override remove(key: string): Promise<void> {
    return Promise.reject(new BackupError(`${key} could not be removed: EROFS`));
  }
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  expect(error.name).toBe('BackupError');
  return error.message;
}

const restoring = (over: Partial<Parameters<typeof restore>[0]> = {}) =>
  restore({
    nodes: two.nodes,
    store: two.store,
    collection: 'passages',
    snapshot: 'latest',
    overwrite: false,
    log: two.log,
    ...over,
  });

/** Lets the second node have no snapshot, and then make one as described. */
async function announce(made: object): Promise<void> {
  const only = '/collections/passages/snapshots';
  await two.second.setFault({ kind: 'status', status: 200, body: { result: [] } }, { only, requests: 1 });
  await two.second.addFault({ kind: 'status', status: 200, body: { result: made } }, { only, requests: 1 });
}

const storedSets = () => readdirSync(join(two.folder, 'qdrant')).sort();
const nameOf = (index: number) => two.nodes[index]?.name ?? '';

describe('a snapshot run', () => {
  test('stores every collection from every node, with its checksum, and leaves nothing on the nodes', async () => {
    await two.fill('passages', 50);
    await two.fill('versions', 3);
    const set = await snapshot();
    expect(set.name).toBe('2026-11-20T03-00-00Z');
    expect(Object.keys(set.collections)).toEqual(['passages', 'versions']);
    expect(set.collections['passages']?.points).toEqual({ least: 50, most: 50 });
    const files = Object.values(set.collections).flatMap((saved) => saved.files);
    expect(files.map(({ node, shards }) => [node, shards])).toEqual([0, 1, 0, 1].map((index) => [nameOf(index), [0]]));
    expect(await two.store.list('qdrant')).toEqual(
      [...files.map(({ key }) => key), 'qdrant/2026-11-20T03-00-00Z/manifest.json'].sort(),
    );
    expect(two.leftOnNodes()).toEqual([]);
  });

  test('takes collections whatever they are called', async () => {
    const name = 'with spaces & ünïcode';
    await two.fill(encodeURIComponent(name), 5);
    const set = await snapshot();
    for (const key of set.collections[name]?.files.map((file) => file.key) ?? ['none'])
      expect(key).toMatch(/^[\w./~-]+$/);
    await two.lose(name);
    await restoring({ collection: name });
    expect(await two.nodes[0]?.count(name)).toBe(5);
  });

  test('takes no snapshot of what a drill left', async () => {
    await two.fill('passages', 5);
    await two.fill('ballast-drill-passages', 5);
    expect(Object.keys((await snapshot()).collections)).toEqual(['passages']);
  });

  test('of a Qdrant without collections is a set without any', async () => {
    expect((await snapshot()).collections).toEqual({});
  });

  test('keeps the newest sets and removes the others with all their files', async () => {
    await two.fill('passages', 5);
    await snapshot(20);
    // A set without collections counts as any other, and is quickly made.
    await two.lose('passages');
    for (const day of [21, 22]) await snapshot(day);
    expect(storedSets()).toEqual(['2026-11-21T03-00-00Z', '2026-11-22T03-00-00Z']);
  });

  test('keeps whole sets however many incomplete ones come after them', async () => {
    await two.fill('passages', 5);
    await snapshot(20);
    const fault: Fault = { kind: 'status', status: 500 };
    for (const standin of two.standins) await standin.setFault(fault, { only: '/collections/passages/snapshots' });
    for (const day of [21, 22, 23]) await failureOf(snapshot(day));
    expect(storedSets()).toEqual(['2026-11-20', '2026-11-22', '2026-11-23'].map((day) => `${day}T03-00-00Z`));
  });

  test('does not take a set for complete that lacks a collection of which nothing could be read', async () => {
    await two.fill('passages', 5);
    const only = '/collections/passages/points/count';
    for (const standin of two.standins) await standin.setFault({ kind: 'status', status: 500 }, { only });
    expect(await failureOf(snapshot())).toMatch(/^node .* status 500.*; node .* status 500/);
    expect(isWholeSet(await readSet(two.store, '2026-11-20T03-00-00Z'))).toBe(false);
    expect(await failureOf(restoring({ collection: 'all' }))).toBe('there is no complete snapshot of every collection');
  });

  test('removes what a run left that was ended from outside, but not what another one may be writing', async () => {
    for (const name of ['2026-11-18T03-00-00Z', '2026-11-20T02-59-00Z']) {
      await two.store.put(`qdrant/${name}/passages/x.snapshot`, bytes('x'), 1);
    }
    await snapshot(20);
    expect(storedSets()).toContain('2026-11-20T02-59-00Z');
    expect(await two.store.list('qdrant/2026-11-18T03-00-00Z')).toEqual([]);
  });

  test('makes room before it writes, so that what failed never fills a volume for good', async () => {
    await two.fill('passages', 5);
    // One of two shards is saved.
    const only = '/collections/passages/cluster';
    const replica = { shard_id: 0, state: 'Active' };
    const result = { shard_count: 2, local_shards: [replica], remote_shards: [], shard_transfers: [] };
    await two.first.setFault({ kind: 'status', status: 200, body: { result } }, { only });
    await two.second.setFault({ kind: 'status', status: 500 }, { only });
    await failureOf(snapshot(17));
    for (const standin of two.standins) await standin.clearFaults();
    const { collections } = await snapshot(18);
    const bytes = collections['passages']?.files[0]?.bytes ?? 0;
    // A run that was ended from outside leaves files, and one that it was writing.
    const killed = join(two.folder, 'qdrant', '2026-11-17T12-00-00Z', 'passages');
    mkdirSync(killed, { recursive: true });
    for (const name of ['a.snapshot', 'b.snapshot.unfinished'])
      writeFileSync(join(killed, name), 'x'.repeat(0.7 * bytes));
    // A set has two files. Neither the incomplete set nor the other one without its unfinished file is room enough.
    await snapshot(19, two.nodes, new FullVolume(two.folder));
    expect(storedSets()).toEqual(['18', '19'].map((day) => `2026-11-${day}T03-00-00Z`));
    expect(two.messages.filter((message) => message.startsWith('removed to make room'))).toHaveLength(2);
  });

  test('stores a set though it cannot make room, and then says why', async () => {
    await two.fill('passages', 5);
    await snapshot(18);
    await two.store.put('qdrant/2026-11-17T03-00-00Z/passages/x.snapshot', bytes('x'), 1);
    const sentence = 'qdrant/2026-11-17T03-00-00Z/manifest.json could not be removed: EROFS';
    expect(await failureOf(snapshot(19, two.nodes, new FrozenVolume(two.folder)))).toBe(sentence);
    expect(isWholeSet(await readSet(two.store, '2026-11-19T03-00-00Z'))).toBe(true);
  });

  test('removes snapshots that were left on a node a day ago', async () => {
    await two.fill('passages', 5);
    // Names of their own: what a node makes is called after the second, and would take the place of the other.
    for (const [standin, made] of [
      [two.first, '2026-11-19T02:00:00Z'],
      [two.second, '2026-11-19T04:00:00Z'],
    ] as const) {
      const path = join(standin.snapshots, 'passages', `left-${made.slice(11, 13)}.snapshot`);
      mkdirSync(join(standin.snapshots, 'passages'));
      writeFileSync(path, 'x');
      utimesSync(path, new Date(made), new Date(made));
    }
    await snapshot(20);
    expect(two.leftOnNodes()).toEqual(['passages/left-04.snapshot']);
  });
});

describe('when a node', () => {
  test('is away, the others are stored all the same, and the run fails with its name', async () => {
    await two.fill('passages', 5);
    await two.first.setFault({ kind: 'refuse' });
    expect(await failureOf(snapshot())).toBe(`node ${nameOf(0)}: cannot be reached (ECONNREFUSED)`);
    const [name = ''] = storedSets();
    const set = JSON.parse(readFileSync(join(two.folder, 'qdrant', name, 'manifest.json'), 'utf8')) as SnapshotSet;
    expect(set.collections['passages']?.files.map(({ node }) => node)).toEqual([nameOf(1)]);
    expect(set.failures).toHaveLength(1);
  });

  test('is frozen, it is given up after its time', async () => {
    await two.fill('passages', 5);
    await two.first.setFault({ kind: 'hang' });
    const [, second] = two.nodes;
    const impatient = new QdrantNode(two.first.url, apiKey, { callMs: 300, transferMs: 300 });
    expect(await failureOf(snapshot(20, second ? [impatient, second] : []))).toBe(
      `node ${nameOf(0)}: no answer within 0.3 s`,
    );
    await impatient.close();
  });

  test.each<[string, Fault, string]>([
    ['refuses', { kind: 'status', status: 507, body: { status: { error: 'No space left' } } }, '507: No space left'],
    ['answers nonsense', { kind: 'wrong_schema' }, 'another shape'],
    ['answers no JSON', { kind: 'bad_json' }, 'not JSON'],
    ['breaks off', { kind: 'reset' }, 'the connection was lost'],
  ])('%s, the reason is in the sentence', async (_, fault, reason) => {
    await two.fill('passages', 5);
    await two.second.setFault(fault, { only: '/collections/passages/snapshots' });
    const sentence = await failureOf(snapshot());
    expect(sentence).toContain(`node ${nameOf(1)}, collection passages: `);
    expect(sentence).toContain(reason);
    expect(await two.store.list('qdrant')).toHaveLength(2);
  });

  test('has been asked once, it is asked with no more patience', async () => {
    let patience = 0;
    const limits = { callMs: 1_000, transferMs: 1_000 };
    const node = new QdrantNode(two.first.url, apiKey, limits, (ask) => {
      patience += 1;
      return ask();
    });
    await two.first.setFault({ kind: 'refuse' });
    for (const name of ['a', 'b']) await failureOf(node.count(name));
    expect(patience).toBe(1);
    await node.close();
  });

  test('has a wrong key, the sentence says so and not the key', async () => {
    const nodes = two.standins.map(({ url }) => new QdrantNode(url, 'planted'));
    const sentence = await failureOf(snapshot(20, nodes));
    expect(sentence).toContain('answered with status 401');
    expect(sentence).not.toContain('planted');
    await Promise.all(nodes.map((node) => node.close()));
  });

  test('has a copy of a shard that is behind, no snapshot of it is taken', async () => {
    await two.fill('passages', 5);
    const replica = { shard_id: 0, state: 'Dead' };
    const result = { shard_count: 1, local_shards: [replica], remote_shards: [], shard_transfers: [] };
    const fault: Fault = { kind: 'status', status: 200, body: { result } };
    await two.second.setFault(fault, { only: '/collections/passages/cluster' });
    expect(await failureOf(snapshot())).toContain('its copy of shard 0 is Dead');
    await restoring({ overwrite: true });
  });

  test('breaks off within the file, nothing is stored of it, and nothing is left on the node', async () => {
    await two.fill('passages', 5);
    await announce({ name: 'made.snapshot', size: 5_000 });
    mkdirSync(join(two.second.snapshots, 'passages'));
    writeFileSync(join(two.second.snapshots, 'passages', 'made.snapshot'), 'x'.repeat(5_000));
    const only = '/collections/passages/snapshots/made.snapshot';
    await two.second.setFault({ kind: 'truncate', afterBytes: 1_000 }, { only, requests: 1 });
    expect(await failureOf(snapshot())).toContain(`node ${nameOf(1)}, collection passages: the connection was lost`);
    expect(two.leftOnNodes()).toEqual([]);
    expect(await two.store.list('qdrant')).toHaveLength(2);
  });

  test.each<[string, { size: number; checksum?: string }, string]>([
    ['content', { size: 5, checksum: '0'.repeat(64) }, 'the snapshot came with another checksum'],
    ['length', { size: 4 }, 'made.snapshot: 5 bytes came, 4 were announced'],
  ])('sends another %s than it announced, nothing is stored of it', async (_, made, reason) => {
    await two.fill('passages', 5);
    await announce({ name: 'made.snapshot', ...made });
    const only = '/collections/passages/snapshots/made.snapshot';
    await two.second.setFault({ kind: 'status', status: 200, body: 'other' }, { only });
    expect(await failureOf(snapshot())).toContain(reason.replace('made.snapshot', ''));
    expect(await two.store.list('qdrant')).toHaveLength(2);
  });
});

describe('a restore', () => {
  test('brings a lost collection back on every node, with its indexes, and finds what was found before', async () => {
    await two.fill('passages', 200);
    const before = await two.search(two.first, 'passages');
    expect(before).toHaveLength(20);
    await snapshot();
    await two.lose('passages');
    await restoring();
    for (const standin of two.standins) {
      expect(await two.search(standin, 'passages')).toEqual(before);
      expect(await two.ask(standin, 'GET', '/collections/passages')).toMatchObject({
        payload_schema: { tenant: { params: { is_tenant: true } } },
      });
    }
    expect(two.leftOnNodes()).toEqual([]);
  });

  test('replaces the collections that the API makes again for lost ones', async () => {
    await two.fill('passages', 30);
    const versions = [1, 2].map((id) => ({ id, vector: [1], payload: { tenant: `t${id}` } }));
    await two.put('passages_versions', versions, 1);
    await snapshot();
    for (const name of ['passages', 'passages_versions']) await two.lose(name);
    const apis = two.standins.map(({ url }) => {
      const embedder = { dimension: async () => 3, model: async () => 'acme/model' };
      return new QdrantConnection({ url, apiKey, collection: 'passages', embedder });
    });
    for (const api of apis) await api.setUp();
    for (const node of two.nodes) expect(await node.count('passages_versions')).toBe(1);
    await restoring({ collection: 'all' });
    expect(await two.search(two.first, 'passages')).toHaveLength(10);
    for (const node of two.nodes) expect(await node.count('passages_versions')).toBe(2);
    await Promise.all(apis.map((api) => api.close()));
  });

  test('restores all collections of a set when asked', async () => {
    await two.fill('passages', 30);
    await two.fill('versions', 9);
    await snapshot();
    for (const name of ['passages', 'versions']) await two.lose(name);
    await restoring({ collection: 'all' });
    for (const standin of two.standins) expect(await two.collections(standin)).toEqual(['passages', 'versions']);
  });

  test('takes an older set by its name', async () => {
    await two.fill('passages', 10);
    await snapshot(20);
    await two.fill('passages', 30);
    await snapshot(21);
    await restoring({ snapshot: '2026-11-20T03-00-00Z', overwrite: true });
    expect(await two.nodes[0]?.count('passages')).toBe(10);
  });

  test('never replaces points unless it is told to', async () => {
    await two.fill('passages', 10);
    await snapshot();
    await two.put('passages', [{ id: 1000, vector: [1, 0, 0], payload: { tenant: 't1' } }]);
    expect(await failureOf(restoring())).toBe(
      `node ${nameOf(0)}, collection passages: there are 11 points now; ` +
        'set RESTORE_OVERWRITE=true to replace them by those of the snapshot',
    );
    expect(await two.nodes[0]?.count('passages')).toBe(11);
    await restoring({ overwrite: true });
    for (const node of two.nodes) expect(await node.count('passages')).toBe(10);
  });

  test('refuses a set with a damaged file before it changes anything', async () => {
    await two.fill('passages', 10);
    const set = await snapshot();
    const [, file] = set.collections['passages']?.files ?? [];
    await two.store.put(file?.key ?? '', bytes('damaged'), 7);
    await two.put('passages', [{ id: 1000, vector: [1, 0, 0], payload: {} }]);
    expect(await failureOf(restoring({ overwrite: true }))).toMatch(
      new RegExp(
        `^snapshot ${set.name} of collection passages: the file of node ${nameOf(1)} is damaged, it has 7 bytes`,
      ),
    );
    for (const node of two.nodes) expect(await node.count('passages')).toBe(11);
  });

  test('lets the node refuse a file that was damaged after it was checked', async () => {
    await two.fill('passages', 10);
    await snapshot();
    await two.lose('passages');
    const reads = new Map<string, number>();
    const damaging = Object.assign(Object.create(two.store) as typeof two.store, {
      list: (folder: string) => two.store.list(folder),
      get: async function* (key: string) {
        reads.set(key, (reads.get(key) ?? 0) + 1);
        for await (const piece of two.store.get(key)) {
          if (key.endsWith('.snapshot') && reads.get(key) === 2) piece[piece.length >> 1] = 0xff;
          yield piece;
        }
      },
    });
    expect(await failureOf(restoring({ store: damaging }))).toMatch(
      new RegExp(`^node ${nameOf(0)}, collection passages: answered with status 400: .*checksum mismatch`),
    );
  });

  test('has no latest set where none is complete', async () => {
    expect(await failureOf(restoring())).toBe('there is no complete snapshot of collection passages');
    await two.fill('passages', 10);
    const fault: Fault = { kind: 'status', status: 500 };
    for (const standin of two.standins) await standin.setFault(fault, { only: '/collections/passages/snapshots' });
    await failureOf(snapshot());
    expect(await failureOf(restoring())).toBe('there is no complete snapshot of collection passages');
    expect(await failureOf(restoring({ snapshot: '2026-11-20T03-00-00Z' }))).toMatch(
      /^the snapshot 2026-11-20T03-00-00Z does not hold all of collection passages: when it was made, node .* status 500/,
    );
  });

  test('names a set that is not there, and a collection that is not in it', async () => {
    expect(await failureOf(restoring({ snapshot: '2026-01-01T00-00-00Z' }))).toBe(
      'qdrant/2026-01-01T00-00-00Z/manifest.json could not be read: ENOENT',
    );
    await two.fill('passages', 10);
    const { name } = await snapshot();
    expect(await failureOf(restoring({ snapshot: name, collection: 'other' }))).toBe(
      `the snapshot ${name} does not hold all of collection other`,
    );
  });

  test('uses the nodes that there are when those of the set have other names', async () => {
    await two.fill('passages', 10);
    const before = await two.search(two.first, 'passages');
    await snapshot();
    await two.lose('passages');
    const renamed = new QdrantNode(two.second.url.replace('127.0.0.1', 'localhost'), apiKey);
    await restoring({ nodes: [renamed] });
    await renamed.close();
    expect(await two.search(two.second, 'passages')).toEqual(before);
  });
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
