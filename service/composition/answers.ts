import { z } from 'zod';
import { AnswerCache } from '../cache/answer-cache.ts';
import { MemoryCache } from '../cache/memory-cache.ts';
import { RedisCache } from '../cache/redis-cache.ts';
import type { Config } from '../contract/config.ts';
import { queryResponse } from '../contract/schemas.ts';
import type { Answer } from '../pipeline/step.ts';
import type { SharedStore } from '../redis/shared-store.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What a stored answer must be, whoever wrote it. */
const storedAnswer = queryResponse
  .omit({ request_id: true, trace_id: true })
  .extend({ complete: z.boolean() }) satisfies z.ZodType<Answer>;

/** Stored answers: in memory, and in Redis where there is one. */
export function createAnswerCache(
  config: Config,
  shared: SharedStore | undefined,
  metrics: Metrics,
): AnswerCache<Answer> {
  const staleSeconds = Math.max(config.MEMORY_CACHE_TTL_SECS, config.REDIS_CACHE_TTL_SECS);
  const memory = new MemoryCache<Answer>(
    {
      maxSize: config.MEMORY_CACHE_SIZE,
      ttlSeconds: config.MEMORY_CACHE_TTL_SECS,
      staleSeconds,
      sweepSeconds: config.MEMORY_CACHE_CLEANUP_INTERVAL_SECS,
    },
    metrics,
  );
  const redis = shared && new RedisCache<Answer>({ store: shared, schema: storedAnswer, staleSeconds, metrics });
  return new AnswerCache(memory, redis);
}
