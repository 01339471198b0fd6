import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackupStore } from './backup-store.ts';
import type { QdrantNode, Shards } from './qdrant-node.ts';
import { isSettled, restoreCollection } from './restore-collection.ts';

const calm: Shards = {
  shard_count: 1,
  local_shards: [{ shard_id: 0, state: 'Active' }],
  remote_shards: [{ shard_id: 0, state: 'Active' }],
  shard_transfers: [],
};
const moving: Shards = { ...calm, shard_transfers: [{ shard_id: 0 }] };
const recovering: Shards = { ...calm, local_shards: [{ shard_id: 0, state: 'ManualRecovery' }] };
const syncing: Shards = { ...calm, remote_shards: [{ shard_id: 0, state: 'Dead' }] };

describe('a collection has settled', () => {
  it('when every copy of every shard is active and none is on its way', () => {
    expect([calm, moving, recovering, syncing].map(isSettled)).toEqual([true, false, false, false]);
  });
});

describe('in a cluster', () => {
  const content = Buffer.from('a snapshot');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const store = {
    get: async function* () {
      yield content;
    },
  } as unknown as BackupStore;
  /** What happened, in order. */
  let events: string[];

  beforeEach(() => {
    events = [];
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  /** A node that sees these states one after the other, and then the last of them again and again. */
  function node(name: string, ...views: Shards[]): QdrantNode {
    return {
      name,
      isClustered: async () => true,
      upload: async () => void events.push(`upload to ${name}`),
      removeSnapshot: async () => undefined,
      shards: async () => {
        const view = (views.length > 1 ? views.shift() : views[0]) ?? calm;
        events.push(`${name} ${isSettled(view) ? 'calm' : 'not calm'}`);
        return view;
      },
      count: async () => 3,
      points: async () => [],
    } as unknown as QdrantNode;
  }

  async function restore(nodes: readonly QdrantNode[], points = { least: 3, most: 3 }): Promise<string> {
    const files = nodes.map(({ name }) => ({ node: name, key: name, bytes: content.length, sha256, shards: [0] }));
    const saved = { shardCount: 1, points, sample: [], files };
    const log = { info: () => undefined, warn: () => undefined };
    const work = restoreCollection({ nodes, store, snapshot: 's', collection: 'c', saved, target: 'c', log }).then(
      () => 'restored',
      (error: unknown) => String(error),
    );
    await vi.runAllTimersAsync();
    return work;
  }

  it('the next node waits until all nodes agree twice that the one before has settled', async () => {
    expect(await restore([node('a', calm, recovering, calm), node('b', calm, calm, syncing, calm)])).toBe('restored');
    const looks = events.slice(1, events.indexOf('upload to b'));
    expect(looks).toEqual([
      ...['a calm', 'b calm'],
      ...['a not calm', 'b calm'],
      ...['a calm', 'b not calm'],
      ...['a calm', 'b calm'],
      ...['a calm', 'b calm'],
    ]);
  });

  it.each([
    [{ least: 1, most: 2 }, '1 to 2'],
    [{ least: 2, most: 2 }, '2'],
    [{ least: 4, most: 5 }, '4 to 5'],
  ])('a collection of 3 points is not what %o was', async (points, expected) => {
    expect(await restore([node('a', calm)], points)).toBe(
      `BackupError: snapshot s of collection c: 3 points were restored, it should hold ${expected}`,
    );
  });

  it('a node that is away stops all before anything is changed', async () => {
    const gone = Object.assign(node('b', calm), { isClustered: () => Promise.reject(new Error('node b: away')) });
    expect(await restore([node('a', calm), gone])).toBe('Error: node b: away');
    expect(events).toEqual([]);
  });

  it('a node whose shards never become active is given up, by its name', async () => {
    expect(await restore([node('a', calm), node('b', moving)])).toBe(
      'BackupError: node b, collection c: its shards are not active after 900 s',
    );
    expect(events).not.toContain('upload to b');
  });
});
