import type { AnswerCache } from '../cache/answer-cache.ts';
import type { Config } from '../contract/config.ts';
import type { ModelCatalogue } from '../models/catalogue.ts';
import type { Answer } from '../pipeline/step.ts';
import type { RedisConnection } from '../redis/connection.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import type { CheckedDependency } from '../health/health-monitor.ts';
import { checkModels } from '../upstreams/openai-model.ts';
import type { ModelSource } from './models.ts';

/** The models as one dependency: their endpoint, while any of them can be asked. */
export function llmDependency({ models, pool }: ModelSource, catalogue: ModelCatalogue): CheckedDependency {
  const names = models.map(({ name }) => name).join(', ');
  return {
    kind: pool ? 'remote' : 'embedded',
    detail: pool ? `${names} behind LLM_BASE_URL` : `${names} quotes the passages it finds`,
    check: async (signal) => {
      if (pool) await checkModels(pool, signal);
    },
    away: () => (catalogue.allAway ? "every model's breaker is open" : undefined),
  };
}

/** The cache as a dependency: Redis where it is configured, else the memory of this process. */
export function cacheDependency(
  config: Config,
  cache: AnswerCache<Answer>,
  redis: RedisConnection | undefined,
  breaker: CircuitBreaker,
): CheckedDependency {
  if (redis)
    return { kind: 'remote', detail: 'Redis, behind the memory of each replica', check: () => redis.check(), breaker };
  return {
    kind: 'embedded',
    detail: config.CACHE_ENABLED ? `memory, ${config.MEMORY_CACHE_SIZE} answers` : 'off by CACHE_ENABLED',
    check: async () => {
      const { size, max_size } = cache.statistics();
      if (size > max_size) throw new Error(`holds ${size} answers, more than its limit of ${max_size}`);
    },
  };
}
