import { z } from 'zod';

/** Body of `GET /`. */
export const serviceResponse = z.object({
  service: z.string(),
  version: z.string(),
  node: z.string().describe('Version of Node that the process runs on'),
  description: z.string(),
  documentation: z.string(),
  instance: z.string().describe('Changes with each start of the process'),
});

/** Body of `GET /health`. */
export const healthResponse = z.object({ status: z.literal('healthy'), version: z.string() });

/** Body of `GET /health/ready`. */
export const readyResponse = z.object({
  status: z.enum(['ready', 'degraded', 'not_ready']),
  reason: z.string().optional().describe('Why it is not ready'),
  checks: z.record(z.string(), z.boolean()),
});

/** Query of `GET /health/ready`. */
export const readyQuery = z.object({
  strict: z.string().optional().describe('With 1, any false check gives 503'),
});

/** Body of `GET /health/startup`. */
export const startupResponse = z.object({ status: z.enum(['started', 'starting']) });

/** What is known of a check. Nothing is known before its first run. */
const evidence = {
  latency_ms: z.number().nullable().describe('How long it took; null before the first'),
  age_seconds: z.number().nullable().describe('Since it ended; null before the first'),
  last_success: z.string().nullable().describe('When one last succeeded; null when none has'),
};

/** The last result of a background check. */
export const checkResult = z.object({
  healthy: z.boolean(),
  reason: z.string().optional(),
  ...evidence,
  kind: z.enum(['embedded', 'remote']),
  detail: z.string(),
});

/** Body of `GET /health/deep`. */
export const deepHealthResponse = z.object({
  status: z.enum(['healthy', 'degraded']),
  uptime_seconds: z.number(),
  disk: z.object({ path: z.string(), free_bytes: z.number(), total_bytes: z.number() }).nullable(),
  memory: z.object({ rss_bytes: z.number(), heap_used_bytes: z.number(), heap_limit_bytes: z.number() }),
  event_loop: z.object({ healthy: z.boolean(), max_delay_ms: z.number() }),
  cache: z.object({
    size: z.int(),
    max_size: z.int(),
    utilization: z.number(),
    ttl_seconds: z.number(),
    hits: z.int(),
    misses: z.int(),
  }),
  dependencies: z.record(z.string(), checkResult),
});

/** The health of one model, by its last real call or test inference. */
export const modelHealth = z.object({
  model: z.string(),
  status: z.enum(['healthy', 'unhealthy']),
  reason: z.string().optional(),
  ...evidence,
  circuit_state: z.enum(['closed', 'open', 'half_open']),
});

/** Query of `GET /health/llm`. */
export const modelHealthQuery = z.object({ model: z.string().max(128).default('all') });

/** Body of `GET /health/llm` for all models. */
export const allModelsHealth = z.object({
  status: z.enum(['healthy', 'degraded']),
  models: z.record(z.string(), modelHealth),
});
