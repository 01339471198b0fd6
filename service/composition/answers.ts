import { z } from 'zod';
import { AnswerCache } from '../cache/answer-cache.ts';
import { MemoryCache } from '../cache/memory-cache.ts';
import { CacheSelfTest } from '../cache/cache-self-test.ts';
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

/** Where answers are stored, and what shows that they expire there. */
export interface AnswerStorage {
  readonly cache: AnswerCache<Answer>;
  readonly selfTest: CacheSelfTest<Answer>;
}

/** Stored answers: in memory, and in Redis where there is one. */
export function createAnswerCache(config: Config, shared: SharedStore | undefined, metrics: Metrics): AnswerStorage {
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
  const cache = new AnswerCache(memory, redis);
  return { cache, selfTest: new CacheSelfTest({ cache, memory, redis, sample }) };
}

/** An answer that nobody asked for. */
function sample(text: string): Answer {
  return {
    answer: text,
    citations: [],
    cached: false,
    model: 'self-test',
    variant: 'self-test',
    degradation: 'full',
    tokens: { input: 0, output: 0 },
    cost_usd: 0,
    complete: true,
  };
}
