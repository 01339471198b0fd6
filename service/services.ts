import { randomUUID } from 'node:crypto';
import type { AnswerCache } from './cache/answer-cache.ts';
import type { CacheSelfTest } from './cache/cache-self-test.ts';
import { SemanticCache } from './cache/semantic-cache.ts';
import { createAnswerCache } from './composition/answers.ts';
import { dependencyBreaker, type BreakerParts } from './composition/breakers.ts';
import { createDocuments } from './composition/documents.ts';
import { cacheDependency, llmDependency } from './composition/dependencies.ts';
import { createCatalogue, modelSource } from './composition/models.ts';
import type { Config } from './contract/config.ts';
import { dependencies } from './contract/dependencies.ts';
import { defaultModelTable, type ModelTable } from './contract/models.ts';
import { SchemaValidator } from './guard/schema-validator.ts';
import { CorpusReader } from './ingest/corpus-reader.ts';
import { RateLimiter } from './limits/rate-limiter.ts';
import { TenantBudget } from './limits/tenant-budget.ts';
import type { ModelCatalogue } from './models/catalogue.ts';
import { UsageRecorder } from './models/usage-recorder.ts';
import { createPipeline, type Ask } from './pipeline/pipeline.ts';
import type { Answer } from './pipeline/step.ts';
import { RedisConnection } from './redis/connection.ts';
import { Admission } from './resilience/admission.ts';
import { Degradation } from './resilience/degradation.ts';
import { Lifecycle } from './resilience/lifecycle.ts';
import { RetryBudget } from './resilience/retry-budget.ts';
import { CostLedger } from './telemetry/costs.ts';
import { EventLoopMonitor } from './telemetry/event-loop.ts';
import { DiskSpace } from './health/disk-space.ts';
import { HealthMonitor } from './health/health-monitor.ts';
import { createErrorReports } from './telemetry/error-reports.ts';
import { ExportReport } from './telemetry/export-report.ts';
import { Incidents } from './telemetry/incidents.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import type { OtlpLogs } from './telemetry/otlp-logs.ts';
import { SessionCount } from './telemetry/sessions.ts';
import { TopQuestions } from './telemetry/top-questions.ts';
import { createTracing, type Tracing } from './telemetry/tracing.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';
import type { DocumentStore } from './upstreams/document-store.ts';
import type { LanguageModel } from './upstreams/language-model.ts';
import { VariantChoice } from './variants/choice.ts';
import { GuardRails } from './variants/guard-rails.ts';
import { versionOf } from './version.ts';

/** What the service is made of, and what a test may put in the place of a part. */
export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Of this process; a new one unless given. */
  readonly instance?: string;
  /** The copy of the log that leaves by OTLP. */
  readonly otlpLogs?: OtlpLogs | undefined;
  /** The default table unless given. */
  readonly modelTable?: ModelTable;
  /** Answers in every mode, in place of the configured models. */
  readonly model?: LanguageModel;
  /** Makes the spans, in place of the one that sends them to `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly tracing?: Tracing;
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
  readonly tracing: Tracing;
  readonly incidents: Incidents;
  readonly ledger: CostLedger;
  readonly tokens: TokenVerifier;
  readonly lifecycle: Lifecycle;
  readonly health: HealthMonitor;
  readonly eventLoop: EventLoopMonitor;
  readonly sessions: SessionCount;
  /** Only when `TOP_QUESTIONS_ENABLED`. */
  readonly topQuestions: TopQuestions | undefined;
  readonly cache: AnswerCache<Answer>;
  readonly cacheSelfTest: CacheSelfTest<Answer>;
  readonly store: DocumentStore;
  /** Of the document database; `undefined` in memory and for Qdrant. */
  readonly diskSpace: DiskSpace | undefined;
  readonly catalogue: ModelCatalogue;
  readonly variants: VariantChoice;
  readonly variantNames: readonly string[];
  readonly validator: SchemaValidator;
  readonly rateLimiter: RateLimiter;
  readonly budget: TenantBudget;
  readonly ask: Ask;
  /** Reads the corpus, runs the first checks and fetches the keys that tokens are checked by. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Makes the parts of the service from its configuration. Nothing runs before `start`. */
export function createServices(options: ServiceOptions): Services {
  const { config, log, modelTable = defaultModelTable } = options;
  const source = modelSource(config, modelTable, options.model);
  const { table } = source;
  const models = source.models.map(({ name }) => name);
  const variantNames = Object.keys(table.variants);
  const metrics = createMetrics({
    models,
    variants: variantNames,
    dependencies: Object.keys(dependencies),
    breakers: [...models, ...Object.keys(dependencies).filter((name) => name !== 'llm')],
  });
  const instance = options.instance ?? randomUUID();
  const version = versionOf(config);
  const incidents = new Incidents({
    counter: metrics.incidents_total.labels({}),
    reports: createErrorReports(config, version, log),
  });
  const tracing = options.tracing ?? createTracing(config, version, instance, new ExportReport('traces', metrics, log));
  if (options.otlpLogs) options.otlpLogs.report = new ExportReport('logs', metrics, log);

  const breakerParts: BreakerParts = { config, metrics, log, onChange: () => degradation.update() };
  const catalogue = createCatalogue(source, breakerParts);
  const documents = createDocuments(config, log, breakerParts);
  const cacheBreaker = dependencyBreaker('cache', breakerParts);
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : new RedisConnection({ url: config.REDIS_URL, breaker: cacheBreaker, log });
  const admission = new Admission(
    { maxConcurrency: config.ADMISSION_MAX_CONCURRENCY, queueSize: config.ADMISSION_QUEUE_SIZE },
    metrics,
  );
  const degradation: Degradation = new Degradation(
    {
      modelsAway: () => catalogue.allAway,
      documentsAway: () =>
        documents.breakers.vector_db.state === 'open' ||
        (config.QDRANT_URL !== undefined && documents.breakers.embeddings.state === 'open'),
      shedding: () => admission.sheddingLately,
    },
    metrics,
    log,
  );

  const { cache, selfTest: cacheSelfTest } = createAnswerCache(config, redis, metrics);
  const semanticCache =
    config.CACHE_ENABLED && config.SEMANTIC_CACHE_ENABLED && documents.embedder
      ? new SemanticCache<Answer>(
          documents.embedder,
          { threshold: config.SEMANTIC_CACHE_THRESHOLD, ttlMs: config.MEMORY_CACHE_TTL_SECS * 1000 },
          metrics,
        )
      : undefined;
  const ledger = new CostLedger();
  const tokens = new TokenVerifier(config, log);
  const lifecycle = new Lifecycle();
  const eventLoop = new EventLoopMonitor();
  const validator = new SchemaValidator({ strict: config.JSON_GUARD_STRICT_SCHEMA });
  const rateLimiter = new RateLimiter(config.RATE_LIMIT_PER_MINUTE, redis);
  const budget = new TenantBudget({
    limitUsd: (tenant) =>
      Object.hasOwn(table.budgets, tenant) ? table.budgets[tenant] : config.TENANT_BUDGET_USD_PER_DAY,
    shared: redis,
    instance,
  });
  const guardRails = new GuardRails(table, (variant, reason) => {
    metrics.rag_variant_stopped.labels({ variant }).set(1);
    log.warn({ variant, reason }, 'a guard rail stopped a variant');
  });
  const variants = new VariantChoice(table.variants, guardRails.stopped);
  const health = new HealthMonitor(
    {
      llm: llmDependency(source, catalogue),
      ...documents.dependencies,
      cache: cacheDependency(config, cache, redis, cacheBreaker),
    },
    catalogue,
    metrics,
    log,
    options.checkIntervalMs,
  );
  const { databasePath } = documents;
  const diskSpace = databasePath === undefined ? undefined : new DiskSpace(databasePath, options.checkIntervalMs);

  const corpus = new CorpusReader(documents, config.CORPUS_DIR, log);

  return {
    config,
    log,
    version,
    instance,
    metrics,
    tracing,
    incidents,
    ledger,
    tokens,
    lifecycle,
    health,
    eventLoop,
    sessions: new SessionCount(),
    topQuestions: config.TOP_QUESTIONS_ENABLED ? new TopQuestions() : undefined,
    cache,
    cacheSelfTest,
    store: documents.store,
    diskSpace,
    catalogue,
    variants,
    variantNames,
    validator,
    rateLimiter,
    budget,
    ask: createPipeline({
      cache: config.CACHE_ENABLED ? cache : undefined,
      semanticCache,
      store: documents.store,
      retriever: documents.retriever,
      guarded: documents.guarded,
      catalogue,
      recorders: new Map(
        source.models.map((model) => [model.name, new UsageRecorder(model, variantNames, ledger, metrics)]),
      ),
      retryBudget: new RetryBudget(),
      validator,
      variants: table.variants,
      guardRails,
      budget,
      admission,
      lifecycle,
      tracing,
      incidents,
      config,
      metrics,
      log,
    }),
    async start() {
      await corpus.start();
      await Promise.all([health.start(), diskSpace?.start(), tokens.start()]);
      lifecycle.started();
    },
    async close() {
      // Answers that are renewed in the background have no client who waits, but calls that run.
      lifecycle.abortRunning();
      health.stop();
      diskSpace?.stop();
      corpus.stop();
      tokens.close();
      eventLoop.close();
      degradation.close();
      catalogue.close();
      cache.close();
      for (const breaker of [cacheBreaker, ...Object.values(documents.breakers)]) breaker.close();
      await Promise.all([documents.close(), budget.close(), validator.close(), source.pool?.close()]);
      redis?.close();
      await Promise.all([tracing.close(), incidents.close()]);
    },
  };
}
