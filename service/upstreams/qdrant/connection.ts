import type { Schemas } from '@qdrant/js-client-rest';
import { attemptWithin } from '../../resilience/attempt.ts';
import { UpstreamError } from '../../resilience/upstream-error.ts';
import type { TeiEmbedder } from '../tei-embedder.ts';
import { inTime, QdrantApi } from './api.ts';
import { checkEmbeddingModel, noteEmbeddingModel } from './embedding-model.ts';
import { DimensionMismatchError, MismatchError } from './mismatch.ts';
import { ownedBy } from './passages.ts';

/** Milliseconds for the set-up of both collections. */
const setUpTimeoutMs = 15_000;

/** Milliseconds for the name of the model in a check. */
const modelTimeoutMs = 2_000;

/**
 * Fields of passages that are filtered by. `is_tenant` keeps the passages of a tenant together on disk
 * (https://qdrant.tech/documentation/manage-data/multitenancy/); all are indexed, because a server in strict mode filters
 * by nothing else.
 */
const passageIndexes: Readonly<Record<string, Schemas['PayloadFieldSchema']>> = {
  tenant: { type: 'keyword', is_tenant: true },
  document: 'keyword',
  revision: 'keyword',
  chunk: 'integer',
};

const versionIndexes: typeof passageIndexes = { tenant: { type: 'keyword', is_tenant: true } };

/** No tenant's name starts with `_`. */
const nobody = '_health';

/** Where Qdrant is, and what is kept there. */
export interface QdrantOptions {
  /** `QDRANT_URL`, with its port. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** `QDRANT_COLLECTION`. */
  readonly collection: string;
  /** `QDRANT_REPLICATION_FACTOR`. @default 1 */
  readonly replicationFactor?: number;
  /** Says how long the vectors are, and which model makes them. */
  readonly embedder: Pick<TeiEmbedder, 'dimension' | 'model'>;
}

/** Qdrant with its two collections: one of passages, and a small one that says what has changed. */
export class QdrantConnection {
  readonly api: QdrantApi;
  /** Name of the collection of passages. */
  readonly passages: string;
  /** Name of the collection that {@link TenantVersions} keeps. */
  readonly versions: string;
  readonly #embedder: QdrantOptions['embedder'];
  readonly #replicationFactor: number;
  #setUp: Promise<void> | undefined;

  /** Connects when first used. */
  constructor({ url, apiKey, collection, replicationFactor = 1, embedder }: QdrantOptions) {
    this.api = new QdrantApi(url, apiKey);
    this.passages = collection;
    this.versions = `${collection}_versions`;
    this.#embedder = embedder;
    this.#replicationFactor = replicationFactor;
  }

  /**
   * Resolves when both collections are there, and makes what is missing; several replicas may do so at once. It is called
   * before each use, and costs nothing once it has succeeded, until {@link check} fails. Nor does it once it has found
   * another model, which the next check looks for again.
   *
   * @throws {DimensionMismatchError} when the passages have vectors of another length.
   * @throws {EmbeddingModelMismatchError} when they have vectors of another model.
   * @throws {UpstreamError} when Qdrant or the embedding service failed; the next call tries again.
   */
  setUp(): Promise<void> {
    this.#setUp ??= inTime(setUpTimeoutMs, (signal) => this.#setUpBoth(signal)).catch((error: unknown) => {
      if (!(error instanceof MismatchError)) this.#setUp = undefined;
      throw error;
    });
    return this.#setUp;
  }

  /**
   * Reads from both, which tells more than that the server runs, and compares the embedding model anew, since it may be
   * replaced while this process runs. After a failure the next use sets up again, so that what is missing is made, and
   * vectors of another model are neither searched for nor stored.
   *
   * @throws as {@link setUp} does. Once that has succeeded, not because the embedding service failed, which has a check of
   * its own.
   */
  async check(signal: AbortSignal): Promise<void> {
    await this.setUp().catch((error: unknown) => {
      if (!(error instanceof MismatchError)) throw error;
      this.#setUp = undefined;
      return this.setUp();
    });
    try {
      for (const collection of [this.passages, this.versions]) {
        await this.api.count(collection, ownedBy(nobody), signal);
      }
      const model = await this.#modelNow(signal);
      if (model !== undefined) await checkEmbeddingModel(this.api, this, model, signal);
    } catch (error) {
      this.#setUp = undefined;
      throw error;
    }
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.api.close();
  }

  /** Name of the model; `undefined` when the server does not tell, or is away. */
  async #modelNow(signal: AbortSignal): Promise<string | undefined> {
    const tooLate = () => new UpstreamError('embeddings', 'timeout', `no answer within ${modelTimeoutMs} ms`);
    try {
      return await attemptWithin(signal, modelTimeoutMs, tooLate, (attempt) => this.#embedder.model(attempt));
    } catch (error) {
      if (error instanceof UpstreamError) return undefined;
      throw error;
    }
  }

  async #setUpBoth(signal: AbortSignal): Promise<void> {
    const { api, passages, versions } = this;
    const isNew = await this.#setUpOne(passages, await this.#embedder.dimension(signal), passageIndexes, signal);
    await this.#setUpOne(versions, 1, versionIndexes, signal);
    const model = await this.#embedder.model(signal);
    if (model === undefined) return;
    if (isNew) await noteEmbeddingModel(api, this, model, signal);
    else await checkEmbeddingModel(api, this, model, signal);
  }

  /** @returns whether the collection was made just now. */
  async #setUpOne(
    collection: string,
    dimension: number,
    indexes: typeof passageIndexes,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { api } = this;
    let found = await api.dimension(collection, signal);
    const isNew = found === undefined && (await api.create(collection, dimension, this.#replicationFactor, signal));
    // When another replica was quicker, its collection has to fit as well.
    if (found === undefined && !isNew) found = await api.dimension(collection, signal);
    if (found !== undefined && found !== dimension) throw new DimensionMismatchError(collection, found, dimension);
    for (const [field, schema] of Object.entries(indexes)) await api.index(collection, field, schema, signal);
    return isNew;
  }
}
