import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { UpstreamError } from '../../resilience/upstream-error.ts';
import type { Trace } from '../../telemetry/trace.ts';
import { inTime, shaped, type Point } from './api.ts';
import type { QdrantConnection } from './connection.ts';
import { isHead, ownedBy, passagePayload, type Condition } from './passages.ts';

/** Points that are sent at once: below 2 MB for vectors of 1,024 numbers; the server takes 32 MB. */
const pointsPerCall = 64;

/** Milliseconds for one call. */
const callTimeoutMs = 15_000;

/** Times that a content is stored anew because some of it has gone missing meanwhile. */
const maxAttempts = 3;

/** What is read of the point that a content has from when it is whole. */
const headPayload = passagePayload.pick({ revision: true, hash: true, title: true, chunks: true });

/** What is stored under an ID. */
export interface Found {
  /** Number of points of each revision. */
  readonly counts: ReadonlyMap<string, number>;
  /** What the revisions that were completed say of themselves. */
  readonly heads: readonly z.output<typeof headPayload>[];
}

/**
 * What is stored under one ID of a tenant: one content; several while it is replaced, or where that was cut off.
 *
 * Each content that is stored has a revision, greater than those that were there. Several replicas may store at once: a
 * content is only removed when a greater one is whole, and whoever has completed one looks again. So one whole content
 * stays there all the time, and in the end the greatest alone.
 */
export class StoredContents {
  readonly #connection: QdrantConnection;
  readonly #tenant: string;
  readonly #isDocument: Condition;
  readonly #trace: Trace | undefined;

  /** @param trace of the request that all of it is for. */
  constructor(connection: QdrantConnection, tenant: string, id: string, trace?: Trace) {
    this.#connection = connection;
    this.#tenant = tenant;
    this.#trace = trace;
    this.#isDocument = { key: 'document', match: { value: id } };
  }

  /** What is there now. @throws {UpstreamError} */
  async look(): Promise<Found> {
    const { api, passages } = this.#connection;
    const filter = ownedBy(this.#tenant, this.#isDocument);
    const heads = {
      filter: ownedBy(this.#tenant, this.#isDocument, isHead),
      limit: 100,
      with_payload: Object.keys(headPayload.shape),
    };
    return inTime(callTimeoutMs, async (signal) => {
      const [counts, page] = await Promise.all([
        api.facet(passages, 'revision', filter, signal, this.#trace),
        api.scroll(passages, heads, signal, this.#trace),
      ]);
      return { counts, heads: page.payloads.map((payload) => shaped(payload, headPayload)) };
    });
  }

  /**
   * Puts a content in the place of all of lesser revisions, unless a greater one is there by then.
   *
   * @param points of the content, the one that says that it is complete first.
   * @throws {UpstreamError}
   */
  async replace(revision: string, points: readonly Point[]): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      await this.#upsert(points);
      const { counts, heads } = await this.look();
      if (heads.some((head) => head.revision > revision)) return this.#removeRevisions([revision]);
      // Removed meanwhile; or read from a replica of Qdrant's that is behind.
      if (counts.get(revision) !== points.length) continue;
      return this.#removeRevisions([...counts.keys()].filter((other) => other < revision));
    }
    throw new UpstreamError('vector_db', 'server', 'the document kept changing while it was stored');
  }

  /** Removes all that is there. @throws {UpstreamError} */
  remove(): Promise<void> {
    return this.#remove();
  }

  /** Stores the first points last. */
  async #upsert(points: readonly Point[]): Promise<void> {
    const { api, passages } = this.#connection;
    const last = points.length - 1;
    for (let start = last - (last % pointsPerCall); start >= 0; start -= pointsPerCall) {
      const some = points.slice(start, start + pointsPerCall);
      await inTime(callTimeoutMs, (signal) => api.upsert(passages, some, signal, this.#trace));
    }
  }

  async #removeRevisions(revisions: string[]): Promise<void> {
    if (revisions.length > 0) await this.#remove({ key: 'revision', match: { any: revisions } });
  }

  #remove(...conditions: Condition[]): Promise<void> {
    const { api, passages } = this.#connection;
    const filter = ownedBy(this.#tenant, this.#isDocument, ...conditions);
    return inTime(callTimeoutMs, (signal) => api.remove(passages, filter, signal, this.#trace));
  }
}

/** Whether there is one content alone, whole, and it is this one. */
export function isAlone({ counts, heads }: Found, hash: string): boolean {
  const [head] = heads;
  return counts.size === 1 && head?.hash === hash && counts.get(head.revision) === Math.max(1, head.chunks);
}

/**
 * A revision that sorts after all that are there: the time, or a millisecond after the greatest when its clock was ahead
 * (Lamport 1978), and something random, so that no two are the same.
 */
export function revisionAfter({ counts }: Found): string {
  const greatest = [...counts.keys()].reduce((a, b) => (a > b ? a : b), '0');
  const time = Math.max(Date.now(), Number.parseInt(greatest, 10) + 1);
  return `${String(time).padStart(15, '0')}-${randomBytes(8).toString('hex')}`;
}
