import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { defaultPort } from './http.ts';
import { logLevels } from './log-line.ts';
import {
  flag,
  integer,
  list,
  number,
  oneOf,
  secret,
  secretHeaders,
  sentryDsn,
  text,
  url,
  type VariableMeta,
} from './variable.ts';

const runtime = 'Process';
const access = 'Access';
const documents = 'Documents';
const caching = 'Caching';
const overload = 'Limits';
const breakers = 'Circuit breakers';
const guard = 'JSON guard';
const upstreams = 'Upstreams';
const telemetry = 'Telemetry';

const isOrigin = (entry: string) => entry === '*' || URL.parse(entry)?.origin === entry;

function isAddressRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/**
 * Every environment variable that the service reads: its type, default, description and what is allowed.
 *
 * `.env.example`, the handbook's table and `/config` are made from this, and so is the container's environment later.
 */
export const environmentSchema = z.object({
  HOST: text('a host name or an IP address', /^[A-Za-z0-9.:_-]+$/, {
    group: runtime,
    description: 'Address to listen on. A container sets 0.0.0.0.',
  }).default('127.0.0.1'),
  PORT: integer(1, 65_535, { group: runtime, description: 'TCP port to listen on.' }).default(defaultPort),
  ENVIRONMENT: oneOf(['development', 'production'], {
    group: runtime,
    description: 'In production some settings that are handy on a laptop are refused.',
  }).default('development'),
  SERVICE_NAME: text('1 to 63 of a-z, 0-9 and -', /^[a-z0-9-]{1,63}$/, {
    group: runtime,
    description: 'Name of this service in logs and in service information.',
  }).default('ballast'),
  SERVICE_VERSION: text('1 to 64 of A-Z, a-z, 0-9, ., + , _ and -', /^[A-Za-z0-9.+_-]{1,64}$/, {
    group: runtime,
    description: "Version of this service in logs and answers. The package's own version when unset.",
  }).optional(),
  LOG_LEVEL: oneOf(logLevels, {
    group: runtime,
    description: 'The least severe level that is logged.',
  }).default('info'),
  LOG_FORMAT: oneOf(['json', 'text'], {
    group: runtime,
    description: 'One JSON object a line, or lines for people.',
  }).default('json'),
  LOG_FILE: text('a path', /^[^\0]+$/, {
    group: runtime,
    description: 'File that the log is written to, and rotated. Standard output when unset.',
  }).optional(),
  LOG_FILE_MAX_BYTES: integer(1_000, 10_000_000_000, {
    group: runtime,
    description: 'Size at which LOG_FILE is rotated, in bytes.',
  }).default(100_000_000),
  LOG_FILE_COUNT: integer(1, 100, {
    group: runtime,
    description: 'Files that the log takes at most, the one being written included.',
  }).default(10),
  REQUEST_TIMEOUT_SECS: number(0.05, 600, {
    group: runtime,
    description:
      'Longest time for one request, in seconds; then 504. A request lowers its own by Request-Timeout-Secs.',
  }).default(60),
  SHUTDOWN_DRAIN_SECS: number(0, 600, {
    group: runtime,
    description: 'How long running requests may take after SIGTERM, in seconds.',
  }).default(4),

  JWT_SECRET: secret('at least 32 bytes', 32, {
    group: access,
    description: 'Secret that signs and checks HS256 tokens. Either this or JWKS_URL is required.',
  }).optional(),
  JWT_SECRET_PREVIOUS: secret('at least 32 bytes', 32, {
    group: access,
    description: 'The secret before the last rotation: its tokens stay valid until they expire.',
  }).optional(),
  JWKS_URL: url(['https', 'http'], {
    group: access,
    description:
      "Where the identity provider publishes its keys. The last good keys are kept when it can't be reached.",
  }).optional(),
  JWT_ISSUER: text('1 to 256 characters', /^.{1,256}$/, {
    group: access,
    description: 'The `iss` claim that a token must carry.',
  }).default('ballast'),
  JWT_AUDIENCE: text('1 to 256 characters', /^.{1,256}$/, {
    group: access,
    description: 'The `aud` claim that a token must carry.',
  }).default('ballast'),
  CORS_ORIGINS: list(
    'origins such as https://app.example.com, separated by commas; * only outside production',
    isOrigin,
    { group: access, description: 'Web origins whose pages may call the API. None when unset.' },
  ).default([]),
  TRUSTED_PROXIES: list('IP addresses or CIDR ranges, separated by commas', isAddressRange, {
    group: access,
    description: 'Proxies whose X-Forwarded-For is believed. None when unset.',
  }).default([]),

  DATA_DIR: text('a path', /^[^\0]+$/, {
    group: documents,
    description: 'Folder of the embedded document store. In memory when unset, or when the folder cannot be written.',
  }).optional(),
  CORPUS_DIR: text('a path', /^[^\0]+$/, {
    group: documents,
    description: 'Folder of Markdown and text files that every tenant can search. Read at each start.',
  }).optional(),

  CACHE_ENABLED: flag({ group: caching, description: 'Whether answers are stored for repeated questions.' }).default(
    true,
  ),
  MEMORY_CACHE_SIZE: integer(1, 1_000_000, {
    group: caching,
    description: 'Most answers held in memory; the least recently used goes first.',
  }).default(1000),
  MEMORY_CACHE_TTL_SECS: number(0.001, 86_400, {
    group: caching,
    description:
      'How long a stored answer counts as fresh, in seconds, in every cache. A stale one is renewed when used.',
  }).default(600),
  MEMORY_CACHE_CLEANUP_INTERVAL_SECS: number(0.01, 86_400, {
    group: caching,
    description: 'How often expired answers are swept out, in seconds.',
  }).default(60),
  REDIS_URL: url(['redis', 'rediss'], {
    group: caching,
    description: 'Redis shared by all replicas.',
    secret: true,
  }).optional(),
  REDIS_CACHE_TTL_SECS: number(0.001, 604_800, {
    group: caching,
    description: 'When a stored answer is removed from every cache, in seconds after it was made.',
  }).default(3600),

  SEMANTIC_CACHE_ENABLED: flag({
    group: caching,
    description: 'Whether a question of nearly the same meaning gets the stored answer. Needs TEI_URL.',
  }).default(false),
  SEMANTIC_CACHE_THRESHOLD: number(0.5, 1, {
    group: caching,
    description: 'Cosine similarity from which two questions count as the same.',
  }).default(0.95),

  RATE_LIMIT_PER_MINUTE: integer(1, 1_000_000_000, {
    group: overload,
    description: 'Questions a minute for each tenant and client.',
  }).default(60),

  ADMISSION_MAX_CONCURRENCY: integer(1, 10_000, {
    group: overload,
    description: 'Questions answered by models at once, at most; the limit adapts below it.',
  }).default(100),
  ADMISSION_QUEUE_SIZE: integer(0, 10_000, {
    group: overload,
    description: 'Questions that wait for a place, at most; those beyond get 429.',
  }).default(50),
  TENANT_BUDGET_USD_PER_DAY: number(0, 1_000_000, {
    group: overload,
    description:
      'US dollars that each tenant may spend a day (UTC), unless MODELS_FILE says otherwise. No limit when unset.',
  }).optional(),

  CIRCUIT_BREAKER_ENABLED: flag({
    group: breakers,
    description: 'Whether failing upstreams are left alone for a while.',
  }).default(true),
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: number(
    0.01,
    1,
    { group: breakers, description: 'Ratio of failures that opens a breaker.' },
    ': it is a ratio',
  ).default(0.5),
  CIRCUIT_BREAKER_SUCCESS_THRESHOLD: integer(1, 1000, {
    group: breakers,
    description: 'Successes in a row that close a half-open breaker.',
  }).default(5),
  CIRCUIT_BREAKER_TIMEOUT_SECS: number(0.01, 3600, {
    group: breakers,
    description: 'How long a breaker stays open before it probes, in seconds.',
  }).default(60),
  CIRCUIT_BREAKER_HALF_OPEN_REQUESTS: integer(1, 1000, {
    group: breakers,
    description: 'Most probes in flight at once while half open.',
  }).default(3),
  CIRCUIT_BREAKER_SLOW_CALL_SECS: number(0.01, 600, {
    group: breakers,
    description: 'Time to the first content of a model call from which it counts as a failure, in seconds.',
  }).default(15),
  AUTO_DOWNSHIFT_ENABLED: flag({
    group: breakers,
    description: "Whether a mode falls back to the next one while its model's breaker is open.",
  }).default(true),

  JSON_GUARD_ENABLED: flag({
    group: guard,
    description: 'Whether answers to a schema are validated.',
  }).default(true),
  JSON_GUARD_MAX_ATTEMPTS: integer(1, 10, {
    group: guard,
    description: 'Model calls for one valid answer, at most.',
  }).default(3),
  JSON_GUARD_BACKOFF_BASE_SECS: number(0, 60, {
    group: guard,
    description: 'First pause between attempts, in seconds.',
  }).default(1),
  JSON_GUARD_JITTER_SECS: number(0, 60, {
    group: guard,
    description: 'Random part added to each pause, in seconds at most.',
  }).default(0.5),
  JSON_GUARD_FALLBACK_ENABLED: flag({
    group: guard,
    description: 'Whether a fallback is answered when no attempt was valid.',
  }).default(true),
  JSON_GUARD_STRICT_SCHEMA: flag({
    group: guard,
    description: 'Whether schemas with unknown keywords are refused.',
  }).default(true),

  LLM_BASE_URL: url(['http', 'https'], {
    group: upstreams,
    description: 'An OpenAI-compatible endpoint, /v1 included.',
  }).optional(),
  LLM_API_KEY: secret('1 byte or more', 1, {
    group: upstreams,
    description: 'Key for LLM_BASE_URL.',
  }).optional(),
  OPENAI_API_KEY: secret('1 byte or more', 1, {
    group: upstreams,
    description: 'Another name of LLM_API_KEY.',
  }).optional(),
  MODELS_FILE: text('a path', /^[^\0]+$/, {
    group: upstreams,
    description: 'JSON file with models, modes, variants and budgets, in place of the defaults.',
  }).optional(),
  QDRANT_URL: url(['http', 'https'], {
    group: upstreams,
    description: 'Qdrant, in place of the embedded document store.',
  }).optional(),
  QDRANT_API_KEY: secret('1 byte or more', 1, {
    group: upstreams,
    description: 'Key for QDRANT_URL.',
  }).optional(),
  QDRANT_COLLECTION: text('1 to 64 of A-Z, a-z, 0-9, _ and -', /^[A-Za-z0-9_-]{1,64}$/, {
    group: upstreams,
    description: 'Collection that holds the passages.',
  }).default('ballast'),
  QDRANT_REPLICATION_FACTOR: integer(1, 16, {
    group: upstreams,
    description: 'Nodes that hold each passage, for a collection that is made; a Qdrant of one node has 1.',
  }).default(1),
  TEI_URL: url(['http', 'https'], {
    group: upstreams,
    description: 'Text Embeddings Inference, which QDRANT_URL needs.',
  }).optional(),

  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http', 'https'], {
    group: telemetry,
    description:
      'Where traces and logs are sent by OTLP over HTTP, to /v1/traces and /v1/logs below it. Nowhere when unset.',
  }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: secretHeaders({
    group: telemetry,
    description: 'Headers of what is sent to OTEL_EXPORTER_OTLP_ENDPOINT, such as a key.',
  }).optional(),
  OTEL_TRACES_SAMPLER_ARG: number(0, 1, {
    group: telemetry,
    description:
      'Share of traces that are recorded where the caller has not decided. Failed and slow requests always are.',
  }).default(1),
  TRACE_SLOW_SECS: number(0.001, 600, {
    group: telemetry,
    description: 'Duration from which the span of a request is kept whatever the sampling, in seconds.',
  }).default(5),
  TOP_QUESTIONS_ENABLED: flag({
    group: telemetry,
    description: 'Whether the 20 most frequent questions are a metric. It puts their text into labels.',
  }).default(false),
  SENTRY_DSN: sentryDsn({
    group: telemetry,
    description: 'Project of Sentry that incidents are reported to. Nowhere when unset.',
  }).optional(),
});

/** The service's configuration: keys are the variables' names, values are typed. */
export type Config = z.output<typeof environmentSchema>;

/** Name of an environment variable of the service. */
export type VariableName = keyof Config;

/** What the documentation says about each variable, in the order of the table. */
export function variables(): { name: VariableName; meta: VariableMeta; default: Config[VariableName] }[] {
  return Object.entries(environmentSchema.shape).map(([name, schema]) => ({
    name: name as VariableName,
    meta: schema.unwrap().meta() as unknown as VariableMeta,
    default: schema instanceof z.ZodDefault ? (schema.def.defaultValue as Config[VariableName]) : undefined,
  }));
}
