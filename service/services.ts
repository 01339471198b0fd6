import { randomUUID } from 'node:crypto';
import { MemoryCache } from './cache/memory-cache.ts';
import type { Config } from './contract/config.ts';
import { dependencies } from './contract/dependencies.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';
import { syncCorpus } from './ingest/corpus.ts';
import { defaultVariant } from './pipeline/generate-step.ts';
import { createPipeline, type Question } from './pipeline/pipeline.ts';
import type { Answer } from './pipeline/step.ts';
import { Lifecycle } from './resilience/lifecycle.ts';
import { CostLedger } from './telemetry/costs.ts';
import { EventLoopMonitor } from './telemetry/event-loop.ts';
import { HealthMonitor } from './telemetry/health-monitor.ts';
import { IncidentLog } from './telemetry/incidents.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { SessionCount } from './telemetry/sessions.ts';
import type { DocumentStore } from './upstreams/document-store.ts';
import { openDatabase } from './upstreams/embedded/database.ts';
import { ExtractiveModel } from './upstreams/embedded/extractive-model.ts';
import { FtsRetriever } from './upstreams/embedded/fts-retriever.ts';
import { FtsDocumentStore } from './upstreams/embedded/fts-store.ts';
import type { LanguageModel } from './upstreams/language-model.ts';
import { version as packageVersion } from './version.ts';

/** What the service is made of, and what a test may put in the place of a part. */
export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  /** The embedded extractive model by default. */
  readonly model?: LanguageModel;
  /** Milliseconds between background checks; 5,000 by default. */
  readonly checkIntervalMs?: number;
}

/** Everything that routes work with. */
export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** Changes with each start, so that a caller can tell one process from the next. */
  readonly instance: string;
  readonly metrics: Metrics;
  readonly incidents: IncidentLog;
  readonly ledger: CostLedger;
  readonly tokens: TokenVerifier;
  readonly lifecycle: Lifecycle;
  readonly health: HealthMonitor;
  readonly eventLoop: EventLoopMonitor;
  readonly sessions: SessionCount;
  readonly cache: MemoryCache<Answer>;
  readonly store: DocumentStore;
  /** File of the document database; `undefined` in memory. */
  readonly databasePath: string | undefined;
  readonly ask: (question: Question) => Promise<Answer>;
  /** Reads the corpus, runs the first checks and fetches the keys that tokens are checked by. */
  start(): Promise<void>;
  close(): void;
}

/** Makes the parts of the service from its configuration. Nothing runs before `start`. */
export function createServices({
  config,
  log,
  model = new ExtractiveModel(),
  checkIntervalMs,
}: ServiceOptions): Services {
  const metrics = createMetrics({
    models: [model.name],
    variants: [defaultVariant],
    dependencies: Object.keys(dependencies),
  });
  metrics.rag_degradation_mode.labels({ mode: 'full' }).set(1);
  const { database, path: databasePath } = openDatabase(config.DATA_DIR, log);
  const store = new FtsDocumentStore(database);
  const retriever = new FtsRetriever(database);
  const cache = new MemoryCache<Answer>(
    {
      maxSize: config.MEMORY_CACHE_SIZE,
      ttlSeconds: config.MEMORY_CACHE_TTL_SECS,
      sweepSeconds: config.MEMORY_CACHE_CLEANUP_INTERVAL_SECS,
    },
    metrics,
  );
  const ledger = new CostLedger();
  const tokens = new TokenVerifier(config, log);
  const lifecycle = new Lifecycle();
  const sessions = new SessionCount();
  const health: HealthMonitor = new HealthMonitor(
    {
      llm: {
        kind: 'embedded',
        detail: `${model.name} quotes the passages it finds`,
        check: async () => {
          const failed = [...health.models().values()].find((result) => result?.healthy === false);
          if (failed) throw new Error(failed.reason);
        },
      },
      vector_db: {
        kind: 'embedded',
        detail: `SQLite FTS5 (BM25), ${databasePath ? 'on disk' : 'in memory'}`,
        check: async () => {
          await store.list('_health', 1);
        },
      },
      cache: {
        kind: 'embedded',
        detail: config.CACHE_ENABLED ? `memory, ${config.MEMORY_CACHE_SIZE} answers` : 'off by CACHE_ENABLED',
        check: async () => {
          const { size, max_size } = cache.statistics();
          if (size > max_size) throw new Error(`holds ${size} answers, more than its limit of ${max_size}`);
        },
      },
    },
    [model],
    metrics,
    log,
    checkIntervalMs,
  );
  const eventLoop = new EventLoopMonitor();

  return {
    config,
    log,
    version: config.SERVICE_VERSION ?? packageVersion,
    instance: randomUUID(),
    metrics,
    incidents: new IncidentLog(),
    ledger,
    tokens,
    lifecycle,
    health,
    eventLoop,
    sessions,
    cache,
    store,
    databasePath,
    ask: createPipeline({
      cache: config.CACHE_ENABLED ? cache : undefined,
      store,
      retriever,
      model,
      ledger,
      sessions,
      lifecycle,
      metrics,
    }),
    async start() {
      log.info(await syncCorpus(config.CORPUS_DIR, store), 'corpus read');
      await Promise.all([health.start(), tokens.start()]);
      lifecycle.started();
    },
    close() {
      health.stop();
      tokens.close();
      eventLoop.close();
      cache.close();
      store.close();
    },
  };
}
