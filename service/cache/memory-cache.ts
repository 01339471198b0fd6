import { LRUCache } from 'lru-cache';
import { milliseconds } from '../milliseconds.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Limits of a {@link MemoryCache}. */
export interface MemoryCacheOptions {
  /** Entries at most; the least recently used goes first. */
  readonly maxSize: number;
  readonly ttlSeconds: number;
  /** How often expired entries are removed. */
  readonly sweepSeconds: number;
}

/** Statistics since the start. */
export interface CacheStatistics {
  readonly size: number;
  readonly max_size: number;
  /** `size` over `max_size`. */
  readonly utilization: number;
  readonly ttl_seconds: number;
  readonly hits: number;
  readonly misses: number;
}

/** What a memory cache counts with. */
export type CacheMetrics = Pick<
  Metrics,
  'cache_hits_total' | 'cache_misses_total' | 'cache_evictions_total' | 'cache_ttl_expirations_total' | 'cache_size'
>;

/** Entries in this process: least recently used out first, each for a fixed time. */
export class MemoryCache<V extends object> {
  readonly #entries: LRUCache<string, V>;
  readonly #options: MemoryCacheOptions;
  readonly #sweep: NodeJS.Timeout;
  readonly #counters;
  #hits = 0;
  #misses = 0;

  constructor(options: MemoryCacheOptions, metrics: CacheMetrics) {
    const labels = { cache: 'memory' } as const;
    this.#counters = {
      hits: metrics.cache_hits_total.labels(labels),
      misses: metrics.cache_misses_total.labels(labels),
      evictions: metrics.cache_evictions_total.labels(labels),
      expirations: metrics.cache_ttl_expirations_total.labels(labels),
      size: metrics.cache_size.labels(labels),
    };
    this.#options = options;
    this.#entries = new LRUCache({
      max: options.maxSize,
      ttl: milliseconds(options.ttlSeconds),
      ttlResolution: 0,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#counters.evictions.inc();
        if (reason === 'expire') this.#counters.expirations.inc();
      },
    });
    this.#sweep = setInterval(() => {
      this.#entries.purgeStale();
      this.#counters.size.set(this.#entries.size);
    }, milliseconds(options.sweepSeconds)).unref();
  }

  /** The entry, unless it is absent or expired. */
  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) {
      this.#misses += 1;
      this.#counters.misses.inc();
    } else {
      this.#hits += 1;
      this.#counters.hits.inc();
    }
    this.#counters.size.set(this.#entries.size);
    return value;
  }

  /** Stores an entry for the configured time. */
  set(key: string, value: V): void {
    this.#entries.set(key, value);
    this.#counters.size.set(this.#entries.size);
  }

  statistics(): CacheStatistics {
    const { size } = this.#entries;
    const { maxSize, ttlSeconds } = this.#options;
    return {
      size,
      max_size: maxSize,
      utilization: size / maxSize,
      ttl_seconds: ttlSeconds,
      hits: this.#hits,
      misses: this.#misses,
    };
  }

  /** Stops the sweep. */
  close(): void {
    clearInterval(this.#sweep);
    this.#entries.clear();
  }
}
