import { dirname } from 'node:path';
import type { Config } from '../contract/config.ts';
import { guardCalls, type GuardedCall } from '../resilience/guarded-call.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import type { CheckedDependency } from '../health/health-monitor.ts';
import { oneAtATime } from '../health/one-at-a-time.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import type { Embedder } from '../upstreams/embedder.ts';
import { openDatabase } from '../upstreams/embedded/database.ts';
import { FtsRetriever } from '../upstreams/embedded/fts-retriever.ts';
import { FtsDocumentStore } from '../upstreams/embedded/fts-store.ts';
import { probeWrite } from '../upstreams/embedded/write-probe.ts';
import { QdrantConnection } from '../upstreams/qdrant/connection.ts';
import { QdrantRetriever } from '../upstreams/qdrant/retriever.ts';
import { QdrantDocumentStore } from '../upstreams/qdrant/store.ts';
import type { Retriever } from '../upstreams/retriever.ts';
import { TeiEmbedder } from '../upstreams/tei-embedder.ts';
import { dependencyBreaker, type BreakerParts } from './breakers.ts';

/** Time for one search, with the vector made for it, and from when a success counts as slow; in milliseconds. */
const searchMs = { timeoutMs: 5_000, slowMs: 2_000 };

/** Time for the vectors of one call, and from when a success counts as slow; in milliseconds. */
const embedMs = { timeoutMs: 3_000, slowMs: 1_500 };

/** Where documents are kept and found. */
export interface DocumentParts {
  readonly store: DocumentStore;
  readonly retriever: Retriever;
  /** Guards of a search. */
  readonly guarded: GuardedCall;
  /** Absent without `TEI_URL`. */
  readonly embedder: Embedder | undefined;
  readonly breakers: { readonly vector_db: CircuitBreaker; readonly embeddings: CircuitBreaker };
  readonly dependencies: { readonly vector_db: CheckedDependency; readonly embeddings: CheckedDependency };
  /** File of the document database; `undefined` in memory and for Qdrant. */
  readonly databasePath: string | undefined;
  /** Makes ready what documents are kept in. @throws {UpstreamError} when it is away. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Documents in Qdrant where `QDRANT_URL` is set, else in this process. */
export function createDocuments(config: Config, log: Logger, parts: BreakerParts): DocumentParts {
  const breakers = {
    vector_db: dependencyBreaker('vector_db', parts),
    embeddings: dependencyBreaker('embeddings', parts),
  };
  const guards = { name: 'vector_db', breaker: breakers.vector_db, retryBudget: new RetryBudget(), attempts: 3 };
  const guarded = guardCalls({ ...guards, ...searchMs });
  const tei = config.TEI_URL === undefined ? undefined : new TeiEmbedder(config.TEI_URL);
  const embedder = tei && guardedEmbedder(tei, breakers.embeddings);
  const embeddings = embeddingsDependency(config, tei, breakers.embeddings);
  const common = { guarded, embedder, breakers };

  if (config.QDRANT_URL === undefined || !tei || !embedder) {
    const { database, path: databasePath } = openDatabase(config.DATA_DIR, log);
    const store = new FtsDocumentStore(database);
    const probe = databasePath === undefined ? undefined : oneAtATime(() => probeWrite(dirname(databasePath)));
    const vector_db: CheckedDependency = {
      kind: 'embedded',
      detail: `SQLite FTS5 (BM25), ${databasePath ? 'on disk' : 'in memory'}`,
      check: async () => {
        await store.list('_health', 1);
        // What is stored can be searched even then, but SQLite would only notice with the next document.
        await probe?.();
      },
    };
    return {
      ...common,
      store,
      retriever: new FtsRetriever(database),
      dependencies: { vector_db, embeddings },
      databasePath,
      start: () => Promise.resolve(),
      close: async () => {
        store.close();
        await tei?.close();
      },
    };
  }

  const connection = new QdrantConnection({
    url: config.QDRANT_URL,
    apiKey: config.QDRANT_API_KEY,
    collection: config.QDRANT_COLLECTION,
    replicationFactor: config.QDRANT_REPLICATION_FACTOR,
    embedder: tei,
  });
  // Storing takes its own time for vectors, and says nothing about how quickly questions get theirs.
  const store = new QdrantDocumentStore(connection, tei);
  const vector_db: CheckedDependency = {
    kind: 'remote',
    detail: `Qdrant, collection ${config.QDRANT_COLLECTION}`,
    check: (signal) => connection.check(signal),
    breaker: breakers.vector_db,
  };
  return {
    ...common,
    store,
    retriever: new QdrantRetriever(connection, embedder),
    dependencies: { vector_db, embeddings },
    databasePath: undefined,
    start: () => connection.setUp(),
    close: async () => {
      store.close();
      await tei.close();
    },
  };
}

/** Not retried here: who embeds does so for a search, which is retried as a whole. */
function guardedEmbedder(tei: TeiEmbedder, breaker: CircuitBreaker): Embedder {
  const guarded = guardCalls({ name: 'embeddings', breaker, retryBudget: new RetryBudget(), attempts: 1, ...embedMs });
  return {
    embed: (texts, signal, trace) =>
      guarded({ signal, remainingMs: () => embedMs.timeoutMs, shortened: () => false }, (attempt) =>
        tei.embed(texts, attempt, trace),
      ),
  };
}

function embeddingsDependency(
  config: Config,
  tei: TeiEmbedder | undefined,
  breaker: CircuitBreaker,
): CheckedDependency {
  if (tei)
    return { kind: 'remote', detail: 'Text Embeddings Inference', check: (signal) => tei.check(signal), breaker };
  const detail = config.QDRANT_URL === undefined ? 'none: words are searched as they are' : 'none';
  return { kind: 'embedded', detail, check: () => Promise.resolve() };
}
