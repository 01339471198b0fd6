import type { Trace } from '../../telemetry/trace.ts';
import type { Embedder } from '../embedder.ts';
import { identify, passagesOf, type StoredPassage } from '../document-passages.ts';
import {
  sharedTenant,
  type DocumentStore,
  type NewDocument,
  type PutResult,
  type StoredDocument,
} from '../document-store.ts';
import type { QdrantConnection } from './connection.ts';
import { inTime, shaped, type Filter } from './api.ts';
import { isAlone, revisionAfter, StoredContents } from './stored-contents.ts';
import { embeddedText, hashOf, isHead, ownedBy, passagePayload, pointsOf, visibleTo } from './passages.ts';
import { TenantVersions } from './tenant-versions.ts';

/** Texts that are embedded before the next ones are sent, and the milliseconds that they may take. */
const embedding = { texts: 16, timeoutMs: 30_000 };

/** Milliseconds for one read or removal. */
const callTimeoutMs = 10_000;

/** Documents that are read at once for a list. */
const listPage = 1000;

/** What a list says of a document. */
const listed = passagePayload.pick({
  tenant: true,
  document: true,
  revision: true,
  title: true,
  chunks: true,
  bytes: true,
  updated_at: true,
});

/**
 * Documents in Qdrant: a point for each passage.
 *
 * A document is replaced by storing the new passages and then removing the old ones, so it is never missing in between;
 * for that moment both are found.
 */
export class QdrantDocumentStore implements DocumentStore {
  readonly #connection: QdrantConnection;
  readonly #embedder: Embedder;
  readonly #versions: TenantVersions;

  constructor(connection: QdrantConnection, embedder: Embedder) {
    this.#connection = connection;
    this.#embedder = embedder;
    this.#versions = new TenantVersions(connection);
  }

  /** @throws {UpstreamError} when Qdrant or the embedding service failed; storing it again then does what is left. */
  async put(tenant: string, document: NewDocument, trace?: Trace): Promise<PutResult> {
    await this.#connection.setUp();
    const { id, hash: identity } = identify(document);
    const hash = hashOf(identity);
    const contents = new StoredContents(this.#connection, tenant, id, trace);
    const found = await contents.look();
    const [head] = found.heads;
    if (head && isAlone(found, hash)) {
      await this.#versions.finishLeftOver(tenant, trace);
      return { id, title: head.title, chunks: head.chunks, status: 'unchanged' };
    }

    const { title, passages } = passagesOf(document, id);
    const stored = passages.length > 0 ? passages : [{ title, anchor: '', text: '' }];
    const vectors = await this.#embed(stored, trace);
    const payload = {
      tenant,
      document: id,
      revision: revisionAfter(found),
      hash,
      title,
      bytes: Buffer.byteLength(document.text),
      updated_at: new Date().toISOString(),
    };
    await this.#versions.begin(tenant, trace);
    await contents.replace(payload.revision, pointsOf(payload, stored, vectors));
    await this.#versions.finish(tenant, trace);
    return { id, title, chunks: passages.length, status: found.counts.size === 0 ? 'created' : 'replaced' };
  }

  async remove(tenant: string, id: string, trace?: Trace): Promise<boolean> {
    await this.#connection.setUp();
    const contents = new StoredContents(this.#connection, tenant, id, trace);
    if ((await contents.look()).counts.size === 0) {
      await this.#versions.finishLeftOver(tenant, trace);
      return false;
    }
    await this.#versions.begin(tenant, trace);
    await contents.remove();
    await this.#versions.finish(tenant, trace);
    return true;
  }

  async has(tenant: string, id: string, trace?: Trace): Promise<boolean> {
    await this.#connection.setUp();
    const { api, passages } = this.#connection;
    const filter = ownedBy(tenant, { key: 'document', match: { value: id } }, isHead);
    return (await inTime(callTimeoutMs, (signal) => api.count(passages, filter, signal, trace))) > 0;
  }

  /** Reads what each visible document is called, whatever the page: Qdrant sorts by numbers and dates, not by names. */
  async list(tenant: string, limit: number, after = '', trace?: Trace): Promise<readonly StoredDocument[]> {
    await this.#connection.setUp();
    const documents = new Map<string, { readonly revision: string; readonly document: StoredDocument }>();
    for await (const payload of this.#heads(visibleTo(tenant, isHead), trace)) {
      const { tenant: owner, document: id, revision, updated_at: updatedAt, ...rest } = shaped(payload, listed);
      if (id <= after) continue;
      const shared = owner === sharedTenant;
      const known = documents.get(`${id} ${shared}`);
      // While a document is replaced there are two of it.
      if (known && known.revision > revision) continue;
      documents.set(`${id} ${shared}`, { revision, document: { id, ...rest, updatedAt, shared } });
    }
    const sorted = [...documents.values()].map(({ document }) => document).sort(byId);
    // A tenant's document may have the ID of a shared one. Both are on the same page, as the next starts after the ID.
    const last = sorted[limit - 1]?.id;
    return last === undefined ? sorted : sorted.filter(({ id }) => id <= last);
  }

  /** As {@link TenantVersions.of}: at most a second late for changes that other replicas make. Never fails. */
  version(tenant: string, trace?: Trace): Promise<string> {
    return this.#versions.of(tenant, trace);
  }

  close(): void {
    void this.#connection.close();
  }

  async #embed(passages: readonly StoredPassage[], trace: Trace | undefined): Promise<Float32Array[]> {
    const texts = passages.map(embeddedText);
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += embedding.texts) {
      const some = texts.slice(start, start + embedding.texts);
      vectors.push(...(await inTime(embedding.timeoutMs, (signal) => this.#embedder.embed(some, signal, trace))));
    }
    return vectors;
  }

  async *#heads(filter: Filter, trace: Trace | undefined) {
    const { api, passages } = this.#connection;
    const request = { filter, limit: listPage, with_payload: Object.keys(listed.shape) };
    let offset: string | number | undefined;
    do {
      const page = await inTime(callTimeoutMs, (signal) =>
        api.scroll(passages, { ...request, ...(offset !== undefined && { offset }) }, signal, trace),
      );
      yield* page.payloads;
      offset = page.next;
    } while (offset !== undefined);
  }
}

/** By ID, and the tenant's own after the shared one, as their names sort. */
function byId(a: StoredDocument, b: StoredDocument): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.shared ? -1 : 1;
}
