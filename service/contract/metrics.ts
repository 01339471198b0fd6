import { boundedGauge, counter, gauge, histogram, type Metric } from './metric.ts';

const model = { configured: 'models' } as const;
const variant = { configured: 'variants' } as const;
const dependency = { configured: 'dependencies' } as const;
const breaker = { configured: 'breakers' } as const;

/** How a question chooses between quality and speed. */
export const modes = ['creative', 'balanced', 'fast'] as const;

/** One of the modes. */
export type Mode = (typeof modes)[number];

/** What the service can still do. */
export const degradationModes = ['full', 'cached', 'retrieval_only', 'shed'] as const;

/** What the service can still do, as answers say it. */
export type DegradationMode = (typeof degradationModes)[number];

/** Who goes first under overload. */
export const priorities = ['high', 'normal', 'low'] as const;

/** How urgent a question is. */
export type Priority = (typeof priorities)[number];

/** Why a question was not admitted. */
export const shedReasons = ['probabilistic', 'queue_full', 'displaced', 'followers'] as const;

/** Why a question was not admitted. */
export type ShedReason = (typeof shedReasons)[number];

/** The caches that count hits and misses. */
export const caches = ['memory', 'redis', 'semantic'] as const;

/** Name of a cache. */
export type CacheName = (typeof caches)[number];

/** What went wrong with a request, as `rag_errors_total` counts it. */
export const errorTypes = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'request_timeout',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'headers_too_large',
  'client_closed',
  'rate_limited',
  'shed',
  'budget',
  'unavailable',
  'internal',
  'keys_unavailable',
  'draining',
  'deadline',
] as const;

/** What the service sends by OTLP. */
export const telemetrySignals = ['traces', 'logs'] as const;

/** What the service sends by OTLP. */
export type TelemetrySignal = (typeof telemetrySignals)[number];

/**
 * Latency of a whole question, and of its first token, in seconds. The bounds at 0.1, 0.5, 1, 2 and 5 are promised to
 * dashboards and objectives; those below serve cached answers.
 */
const questionBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60] as const;

/** Every metric that the service emits, beside those of its process (see `process-metrics.ts`). */
export const metrics = {
  rag_queries_total: counter({
    help: 'Questions that were admitted, by how they ended',
    unit: 'questions',
    labels: { status: ['success', 'error', 'cached', 'degraded', 'shed'], variant },
  }),
  rag_query_duration_seconds: histogram({
    help: 'Time from the arrival of a question to its answer or failure; a refused one is not timed',
    unit: 'seconds',
    exemplars: true,
    buckets: questionBuckets,
  }),
  rag_cache_hits_total: counter({ help: 'Questions answered from a stored answer', unit: 'questions' }),
  rag_active_queries: gauge({ help: 'Questions being answered now', unit: 'questions' }),
  rag_active_sessions: gauge({
    help: 'Sessions with a question in the last 30 minutes, 10000 at most',
    unit: 'sessions',
  }),
  rag_errors_total: counter({
    help: 'Requests that ended in an error, by kind',
    unit: 'requests',
    labels: { type: errorTypes },
  }),
  rag_time_to_first_token_seconds: histogram({
    help: 'Time from the arrival of a question to the first token of its answer',
    unit: 'seconds',
    exemplars: true,
    buckets: questionBuckets,
  }),
  rag_requests_shed_total: counter({
    help: 'Questions refused because of overload',
    unit: 'questions',
    labels: { priority: priorities, reason: shedReasons },
  }),
  rag_admission_limit: gauge({ help: 'Questions that may be answered at once now', unit: 'questions' }),
  rag_admission_in_flight: gauge({ help: 'Questions that hold a place now', unit: 'questions' }),
  rag_admission_queue_size: gauge({ help: 'Questions that wait for a place now', unit: 'questions' }),
  rag_variant_stopped: gauge({
    help: '1 when the guard rails have stopped a variant, else 0',
    unit: 'boolean',
    labels: { variant },
  }),
  rag_budget_used_ratio: gauge({
    help: 'Highest share of its daily budget that any tenant has spent, as this replica knows',
    unit: 'ratio',
  }),
  rag_retrieval_duration_seconds: histogram({
    help: 'Time to find the passages for one question',
    unit: 'seconds',
    exemplars: true,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  }),
  rag_degradation_mode: gauge({
    help: '1 for the mode the service is in, 0 for the others',
    unit: 'mode',
    labels: { mode: degradationModes },
  }),
  rag_top_questions: boundedGauge({
    help: 'How often the most frequent questions were asked since the start, at least; only if TOP_QUESTIONS_ENABLED',
    unit: 'questions',
    labels: { question: { bounded: 20 } },
  }),
  rag_query_cost_usd: histogram({
    help: 'Cost of one question; 0 from the cache and from embedded models',
    unit: 'usd',
    buckets: [0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  }),

  llm_requests_total: counter({
    help: 'Calls to a language model, by outcome',
    unit: 'calls',
    labels: { model, mode: modes, outcome: ['success', 'failure'] },
  }),
  llm_request_failures_total: counter({
    help: 'Calls to a language model that failed',
    unit: 'calls',
    labels: { model },
  }),
  llm_request_duration_seconds: histogram({
    help: 'Time of one call to a language model',
    unit: 'seconds',
    labels: { model },
    exemplars: true,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60],
  }),
  llm_tokens_total: counter({
    help: 'Tokens read and written by a language model; words for the embedded one',
    unit: 'tokens',
    labels: { model, type: ['input', 'output'], variant },
  }),
  llm_cost_usd_total: counter({ help: 'Cost of calls to a language model', unit: 'usd', labels: { model, variant } }),
  llm_json_requests_total: counter({
    help: 'Questions with a schema that models were asked, by how they ended',
    unit: 'questions',
    labels: { outcome: ['valid', 'fallback', 'error'] },
  }),
  llm_json_parse_failures_total: counter({
    help: 'Model answers that were not valid by the schema asked for',
    unit: 'answers',
  }),
  llm_json_retry_count: histogram({
    help: 'Further attempts that a question with a schema took',
    unit: 'attempts',
    buckets: [0, 1, 2, 3, 5, 9],
  }),
  llm_json_fallback_used_total: counter({
    help: 'Questions with a schema that were answered by the fallback',
    unit: 'questions',
  }),
  llm_mode_downshift_total: counter({
    help: 'Questions answered in a lesser mode because the model of the one asked for was away',
    unit: 'questions',
    labels: { from: modes, to: modes },
  }),
  llm_retries_refused_total: counter({
    help: 'Further calls to a model that the retry budget did not allow',
    unit: 'calls',
  }),
  circuit_breaker_state: gauge({
    help: '0 closed, 1 open, 2 half open; of models and of dependencies',
    unit: 'state',
    labels: { model: breaker },
  }),
  llm_health_status: gauge({
    help: '1 when the last check of a language model succeeded, else 0',
    unit: 'boolean',
    labels: { model },
  }),
  llm_health_check_duration_seconds: histogram({
    help: 'Time of one background check of a language model',
    unit: 'seconds',
    labels: { model },
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10],
  }),
  llm_health_check_failures_total: counter({
    help: 'Background checks of a language model that failed',
    unit: 'checks',
    labels: { model },
  }),

  cache_hits_total: counter({ help: 'Look-ups that found an entry', unit: 'look-ups', labels: { cache: caches } }),
  cache_misses_total: counter({ help: 'Look-ups that found nothing', unit: 'look-ups', labels: { cache: caches } }),
  cache_evictions_total: counter({
    help: 'Entries removed to make room',
    unit: 'entries',
    labels: { cache: caches },
  }),
  cache_ttl_expirations_total: counter({
    help: 'Entries removed because of their age',
    unit: 'entries',
    labels: { cache: caches },
  }),
  cache_size: gauge({ help: 'Entries held now', unit: 'entries', labels: { cache: caches } }),

  dependency_up: gauge({
    help: '1 when the last check of a dependency succeeded, else 0',
    unit: 'boolean',
    labels: { dependency },
  }),
  telemetry_export_failures_total: counter({
    help: 'Batches of spans or log records that could not be exported',
    unit: 'batches',
    labels: { signal: telemetrySignals },
  }),
  telemetry_dropped_total: counter({
    help: 'Spans or log records that were dropped because too many waited to be exported',
    unit: 'items',
    labels: { signal: telemetrySignals },
  }),
  incidents_total: counter({
    help: 'Errors recorded as incidents: unexpected ones, uncaught ones, and those by which we failed a request or a stream',
    unit: 'errors',
  }),
} as const satisfies Record<string, Metric>;

/** Name of a metric of the service. */
export type MetricName = keyof typeof metrics;
