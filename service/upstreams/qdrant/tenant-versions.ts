import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { sharedTenant } from '../document-store.ts';
import type { Trace } from '../../telemetry/trace.ts';
import type { QdrantConnection } from './connection.ts';
import { inTime, shaped } from './api.ts';
import { ownedBy, uuidOf, visibleTo } from './passages.ts';

/** What {@link TenantVersions.of} says while Qdrant is away and was away ever since this process first asked. */
export const unknownVersion = 'unknown';

/** The version of a tenant whose documents have never changed. */
const firstVersion = '0';

/** Milliseconds that a version counts as current: how late a change made by another replica is seen. */
const currentMs = 1000;

/** Milliseconds for one read. The first question after Qdrant went away waits that long; those after it do not. */
const readTimeoutMs = 1000;

const writeTimeoutMs = 5000;

/** Tenants whose versions are kept. */
const maxTenants = 10_000;

const versionPayload = z.object({ tenant: z.string(), version: z.string(), changing: z.boolean() });

interface Known {
  /** `undefined` when it could not be read. */
  readonly version: string | undefined;
  /** As `performance.now()` counts. */
  readonly readAt: number;
}

/**
 * The version of what each tenant can find, kept as a point in a collection of its own, so that every replica sees when
 * another one has changed it.
 *
 * It is written before a change and after it. So a change whose end was never told, because the process died, leaves
 * its mark `changing`, and whoever repeats that change tells.
 */
export class TenantVersions {
  readonly #connection: QdrantConnection;
  readonly #known = new LRUCache<string, Known>({ max: maxTenants });
  readonly #reading = new Map<string, Promise<void>>();
  /** Whether the last read failed: then nobody waits for the next one. */
  #away = false;

  constructor(connection: QdrantConnection) {
    this.#connection = connection;
  }

  /**
   * Changes whenever what the tenant can find changes. While Qdrant is away this is what was read last, so that stored
   * answers go on being found, or {@link unknownVersion}. Never fails.
   */
  async of(tenant: string, trace?: Trace): Promise<string> {
    if (!this.#isCurrent(tenant) || !this.#isCurrent(sharedTenant)) {
      const read = this.#read(tenant, trace);
      if (!this.#away) await read;
    }
    const shared = this.#known.get(sharedTenant)?.version;
    const own = this.#known.get(tenant)?.version;
    return shared === undefined || own === undefined ? unknownVersion : `${shared}.${own}`;
  }

  /** Tells that a change begins. @throws {UpstreamError} when that cannot be told; then nothing is to be changed. */
  begin(tenant: string, trace?: Trace): Promise<void> {
    return this.#write(tenant, true, trace);
  }

  /** Tells that the change is complete. @throws {UpstreamError} when that cannot be told: the change is to be repeated. */
  finish(tenant: string, trace?: Trace): Promise<void> {
    return this.#write(tenant, false, trace);
  }

  /** Tells of a change that was begun and never finished, when there is one. @throws {UpstreamError} as these do. */
  async finishLeftOver(tenant: string, trace?: Trace): Promise<void> {
    const { api, versions } = this.#connection;
    const left = await inTime(readTimeoutMs, (signal) =>
      api.scroll(versions, { filter: ownedBy(tenant), limit: 1, with_payload: true }, signal, trace),
    );
    if (left.payloads.some((payload) => shaped(payload, versionPayload).changing)) await this.finish(tenant, trace);
  }

  #isCurrent(tenant: string): boolean {
    const known = this.#known.get(tenant);
    return known !== undefined && performance.now() - known.readAt < currentMs;
  }

  /** Reads a tenant's version and the shared one, once however many ask: for the first of them. Never fails. */
  #read(tenant: string, trace: Trace | undefined): Promise<void> {
    const running = this.#reading.get(tenant);
    if (running) return running;
    const reading = this.#readBoth(tenant, trace).finally(() => this.#reading.delete(tenant));
    this.#reading.set(tenant, reading);
    return reading;
  }

  async #readBoth(tenant: string, trace: Trace | undefined): Promise<void> {
    const { api, versions } = this.#connection;
    const owners = [sharedTenant, tenant];
    const before = owners.map((owner) => this.#known.get(owner));
    const found = new Map<string, string>();
    let failed = false;
    try {
      const { payloads } = await inTime(readTimeoutMs, (signal) =>
        api.scroll(versions, { filter: visibleTo(tenant), limit: 2, with_payload: true }, signal, trace),
      );
      for (const payload of payloads) {
        const { tenant: owner, version } = shaped(payload, versionPayload);
        found.set(owner, version);
      }
    } catch {
      failed = true;
    }
    this.#away = failed;
    owners.forEach((owner, index) => {
      // What this process has written meanwhile is newer than what it has read.
      if (this.#known.get(owner) !== before[index]) return;
      const version = failed ? before[index]?.version : (found.get(owner) ?? firstVersion);
      this.#known.set(owner, { version, readAt: performance.now() });
    });
  }

  /** A version is random, not a counter, so that it never comes back after the collection was lost. */
  async #write(tenant: string, changing: boolean, trace: Trace | undefined): Promise<void> {
    const { api, versions } = this.#connection;
    const version = randomUUID();
    const point = { id: uuidOf(tenant), vector: [1], payload: { tenant, version, changing } };
    await inTime(writeTimeoutMs, (signal) => api.upsert(versions, [point], signal, trace));
    this.#known.set(tenant, { version, readAt: performance.now() });
  }
}
