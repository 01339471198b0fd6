import { LRUCache } from 'lru-cache';
import { milliseconds } from '../milliseconds.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Limits of a {@link MemoryCache}. */
export interface MemoryCacheOptions {
  /** Entries at most; the least recently used goes first. */
  readonly maxSize: number;
  /** For how long after its creation an entry is fresh. */
  readonly ttlSeconds: number;
  /** When an entry is removed, counted from its creation; `ttlSeconds` where that is longer. */
  readonly staleSeconds: number;
  /** How often entries that are past `staleSeconds` are removed. */
  readonly sweepSeconds: number;
}

/** What a cache holds under a key. */
export interface Entry<V> {
  readonly value: V;
  /** When the value was made, in milliseconds since 1970, by the clock of the replica that made it. */
  readonly createdAt: number;
}

/** Statistics since the start. */
export interface CacheStatistics {
  readonly size: number;
  readonly max_size: number;
  /** `size` over `max_size`. */
  readonly utilization: number;
  /** For how long an entry is fresh. */
  readonly ttl_seconds: number;
  readonly hits: number;
  readonly misses: number;
}

/** What a memory cache counts with. */
export type CacheMetrics = Pick<
  Metrics,
  'cache_hits_total' | 'cache_misses_total' | 'cache_evictions_total' | 'cache_ttl_expirations_total' | 'cache_size'
>;

/**
 * Entries in this process: least recently used out first. An entry is fresh for a fixed time, then stale until it is
 * removed. Both count from its creation by the wall clock, so that an entry made by another replica keeps its age.
 */
export class MemoryCache<V extends object> {
  readonly #entries: LRUCache<string, Entry<V>>;
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
      ttl: milliseconds(Math.max(options.ttlSeconds, options.staleSeconds)),
      ttlResolution: 0,
      perf: { now: () => Date.now() },
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

  /** The entry, unless it is absent or past `staleSeconds`, and whether it is fresh. */
  get(key: string): (Entry<V> & { readonly fresh: boolean }) | undefined {
    const entry = this.#entries.get(key);
    this.#counters.size.set(this.#entries.size);
    if (entry === undefined) {
      this.#misses += 1;
      this.#counters.misses.inc();
      return undefined;
    }
    this.#hits += 1;
    this.#counters.hits.inc();
    return { ...entry, fresh: this.isFresh(entry.createdAt) };
  }

  /** Whether what was made then is fresh now. What was made in the future, by a clock that is ahead, is. */
  isFresh(createdAt: number): boolean {
    return Date.now() - createdAt <= milliseconds(this.#options.ttlSeconds);
  }

  /** Stores an entry, unless a newer one is there already or it is past `staleSeconds`. */
  set(key: string, value: V, createdAt = Date.now()): void {
    const held = this.#entries.peek(key);
    if (held && held.createdAt > createdAt) return;
    if (Date.now() - createdAt > this.#entries.ttl) return;
    this.#entries.set(key, { value, createdAt }, { start: createdAt });
    this.#counters.size.set(this.#entries.size);
  }

  /** For how long after its creation an entry is fresh, and when it is removed, in milliseconds. */
  get lifetimes(): { readonly freshMs: number; readonly staleMs: number } {
    return { freshMs: milliseconds(this.#options.ttlSeconds), staleMs: this.#entries.ttl };
  }

  /** Forgets an entry before its time. */
  remove(key: string): void {
    this.#entries.delete(key);
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

  /** Stops the sweep, and forgets everything. */
  close(): void {
    clearInterval(this.#sweep);
    this.#entries.clear();
  }
}
