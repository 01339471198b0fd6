import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sharedTenant } from '../document-store.ts';
import { UpstreamError } from '../../resilience/upstream-error.ts';
import type { Filter, Payload, Point } from './api.ts';
import type { QdrantConnection } from './connection.ts';
import { TenantVersions, unknownVersion } from './tenant-versions.ts';

/** The collection of versions, in memory. */
class Collection {
  readonly stored = new Map<string, Payload>();
  reads = 0;
  /** What a read waits for before it answers, and after it has looked. */
  slow: Promise<void> = Promise.resolve();
  fails = false;

  async scroll(_collection: string, request: { filter: Filter }) {
    this.reads += 1;
    const filter = JSON.stringify(request.filter);
    const payloads = [...this.stored.values()].filter(({ tenant }) => filter.includes(JSON.stringify(tenant)));
    await this.slow;
    if (this.fails) throw new UpstreamError('vector_db', 'connection', 'no connection');
    return { payloads, next: undefined };
  }

  async upsert(_collection: string, [point]: readonly Point[]) {
    if (this.fails) throw new UpstreamError('vector_db', 'connection', 'no connection');
    if (point) this.stored.set(point.id, point.payload);
  }
}

let collection: Collection;
const replica = () => new TenantVersions({ api: collection, versions: 'v' } as unknown as QdrantConnection);

beforeEach(() => {
  vi.useFakeTimers();
  collection = new Collection();
});
afterEach(() => vi.useRealTimers());

const change = async (versions: TenantVersions, tenant: string) => {
  await versions.begin(tenant);
  await versions.finish(tenant);
};

describe('a version', () => {
  it('is one and the same until something changes', async () => {
    expect(await replica().of('t')).toBe('0.0');
    expect(await replica().of('other')).toBe('0.0');
  });

  it('is read again after a second', async () => {
    const [one, other] = [replica(), replica()];
    const before = await other.of('t');
    await change(one, 't');
    vi.advanceTimersByTime(999);
    expect(await other.of('t')).toBe(before);
    vi.advanceTimersByTime(1);
    expect(await other.of('t')).toBe(await one.of('t'));
    expect(await other.of('t')).not.toBe(before);
  });

  it('of this process’s own change is there at once', async () => {
    const versions = replica();
    const before = await versions.of('t');
    await change(versions, 't');
    const after = await versions.of('t');
    expect(after).not.toBe(before);
    expect(collection.reads).toBe(1);
  });

  it('changes when a change begins, and when it ends', async () => {
    const versions = replica();
    const seen = [await versions.of('t')];
    await versions.begin('t');
    seen.push(await versions.of('t'));
    await versions.finish('t');
    seen.push(await versions.of('t'));
    expect(new Set(seen).size).toBe(3);
  });

  it('of this process’s own change is not undone by a read that began before it', async () => {
    const versions = replica();
    await change(versions, 't');
    vi.advanceTimersByTime(1000);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    collection.slow = promise;
    const reading = versions.of('t');
    await change(versions, 't');
    resolve(undefined);
    expect(await reading).toBe(await versions.of('t'));
    expect(await versions.of('t')).toBe(await replica().of('t'));
  });

  it('changes for all with the shared documents', async () => {
    const versions = replica();
    const before = [await versions.of('north'), await versions.of('south')];
    await change(versions, sharedTenant);
    const after = [await versions.of('north'), await versions.of('south')];
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });
});

describe('while Qdrant is away', () => {
  it('a version stays what was read last, and a new tenant’s is not known', async () => {
    const versions = replica();
    await change(versions, 't');
    const known = await versions.of('t');
    collection.fails = true;
    vi.advanceTimersByTime(3_600_000);
    expect(await versions.of('t')).toBe(known);
    expect(await versions.of('new')).toBe(unknownVersion);
  });

  it('it is asked once a second for each tenant, and only the first question waits', async () => {
    const versions = replica();
    const known = await versions.of('t');
    vi.advanceTimersByTime(1000);
    collection.slow = new Promise(() => undefined);
    const first = versions.of('t');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await first).toBe(known);
    expect(collection.reads).toBe(2);

    expect(await versions.of('t')).toBe(known);
    expect(collection.reads).toBe(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await versions.of('t')).toBe(known);
    expect(await versions.of('t')).toBe(known);
    expect(collection.reads).toBe(3);
  });

  it('and when it is back, versions are current again', async () => {
    const versions = replica();
    collection.fails = true;
    expect(await versions.of('t')).toBe(unknownVersion);
    collection.fails = false;
    await change(replica(), 't');
    await vi.advanceTimersByTimeAsync(1000);
    await versions.of('t');
    await vi.advanceTimersByTimeAsync(0);
    expect(await versions.of('t')).toBe(await replica().of('t'));
  });
});

describe('the versions that are kept', () => {
  it('are those of 10,000 tenants', async () => {
    const versions = replica();
    for (let index = 0; index < 10_100; index += 1) await versions.of(`t${index}`);
    collection.fails = true;
    expect(await versions.of('t10099')).not.toBe(unknownVersion);
    expect(await versions.of('t0')).toBe(unknownVersion);
  });
});

describe('a change that was begun and never finished', () => {
  it('is told of once', async () => {
    const versions = replica();
    await versions.begin('t');
    const begun = await versions.of('t');
    await versions.finishLeftOver('t');
    const finished = await versions.of('t');
    expect(finished).not.toBe(begun);
    await versions.finishLeftOver('t');
    await versions.finishLeftOver('other');
    expect(await versions.of('t')).toBe(finished);
  });
});
