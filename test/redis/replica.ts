import { Registry } from 'prom-client';
import { z } from 'zod';
import { AnswerCache } from '../../service/cache/answer-cache.ts';
import { MemoryCache } from '../../service/cache/memory-cache.ts';
import { RedisCache } from '../../service/cache/redis-cache.ts';
import { metrics as declared } from '../../service/contract/metrics.ts';
import { RedisConnection } from '../../service/redis/connection.ts';
import { CircuitBreaker } from '../../service/resilience/circuit-breaker.ts';
import { createHandles } from '../../service/telemetry/metrics.ts';

/** What is stored in these tests. */
export const valueSchema = z.strictObject({ text: z.string() });

/** What is stored in these tests. */
export type Value = z.output<typeof valueSchema>;

/** The parts of one replica of the service that stand before Redis. */
export class Replica {
  readonly cache: AnswerCache<Value>;
  readonly shared: RedisCache<Value>;
  readonly connection: RedisConnection;
  readonly breaker: CircuitBreaker;

  constructor(url: string) {
    const judged = {
      failureThreshold: 0.5,
      successThreshold: 2,
      timeoutMs: 30_000,
      halfOpenRequests: 3,
      enabled: true,
    };
    this.breaker = new CircuitBreaker({ name: 'redis', ...judged }, () => undefined);
    const log = { info: () => undefined, warn: () => undefined };
    this.connection = new RedisConnection({ url, breaker: this.breaker, log });
    const names = { models: [], variants: [], dependencies: [], breakers: [] };
    const metrics = createHandles(declared, names, new Registry());
    const staleSeconds = 3_600;
    this.shared = new RedisCache({ store: this.connection, schema: valueSchema, staleSeconds, metrics });
    const limits = { maxSize: 100, ttlSeconds: 600, staleSeconds, sweepSeconds: 60 };
    this.cache = new AnswerCache(new MemoryCache<Value>(limits, metrics), this.shared);
  }

  /** Resolves once everything that was sent to Redis before has been done. */
  async written(): Promise<void> {
    await this.connection.run((redis) => redis.ping());
  }

  /** Whether Redis answers and is asked, as the background check sees it. */
  async isBack(): Promise<boolean> {
    await this.connection.check().catch(() => undefined);
    return this.connection.available;
  }

  close(): void {
    this.cache.close();
    this.connection.close();
    this.breaker.close();
  }
}
