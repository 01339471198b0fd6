import { LRUCache } from 'lru-cache';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Embedder } from '../upstreams/embedder.ts';

/** How a {@link SemanticCache} works. */
export interface SemanticCacheOptions {
  /** Cosine similarity from which two questions count as the same. */
  readonly threshold: number;
  /** Milliseconds that an answer is shared after it was stored. */
  readonly ttlMs: number;
}

/** What was found for a question; `store` keeps its answer under the vector that was made for the search. */
export interface SemanticFind<V> {
  readonly answer?: V;
  readonly store: (answer: V) => void;
}

interface Entry<V> {
  readonly vector: Float32Array;
  readonly answer: V;
}

/** Partitions held, and questions in one; a search compares with each of them. */
const maxPartitions = 1_000;
const maxEntries = 200;

/**
 * Answers by nearness of meaning: the vector of a question is compared with those of earlier ones of its partition, one
 * by one. Vectors have length 1, so that the dot product is their cosine.
 */
export class SemanticCache<V> {
  readonly #embedder: Embedder;
  readonly #options: SemanticCacheOptions;
  readonly #partitions = new LRUCache<string, LRUCache<string, Entry<V>>>({ max: maxPartitions });
  readonly #hits;
  readonly #misses;

  constructor(
    embedder: Embedder,
    options: SemanticCacheOptions,
    metrics: Pick<Metrics, 'cache_hits_total' | 'cache_misses_total'>,
  ) {
    this.#embedder = embedder;
    this.#options = options;
    this.#hits = metrics.cache_hits_total.labels({ cache: 'semantic' });
    this.#misses = metrics.cache_misses_total.labels({ cache: 'semantic' });
  }

  /** Looks for the answer to a question of nearly the same meaning. Without the embedding service there is none. */
  async find(partition: string, question: string, signal: AbortSignal, trace?: Trace): Promise<SemanticFind<V>> {
    const vector = await this.#vectorOf(question, signal, trace);
    const entries = this.#partitions.get(partition);
    const nearest = entries && vector && this.#nearest(entries, vector);
    if (nearest) this.#hits.inc();
    else this.#misses.inc();
    if (!vector) return { store: () => undefined };
    return {
      ...(nearest ? { answer: nearest } : {}),
      store: (answer) => this.#store(partition, question, { vector, answer }),
    };
  }

  async #vectorOf(question: string, signal: AbortSignal, trace?: Trace): Promise<Float32Array | undefined> {
    try {
      return (await this.#embedder.embed([question], signal, trace))[0];
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  #nearest(entries: LRUCache<string, Entry<V>>, vector: Float32Array): V | undefined {
    let best: Entry<V> | undefined;
    let highest = this.#options.threshold;
    for (const entry of entries.values()) {
      const similarity = dot(entry.vector, vector);
      // Also false for what is no number, as it comes out of a broken vector.
      if (!(similarity >= highest)) continue;
      highest = similarity;
      best = entry;
    }
    return best?.answer;
  }

  #store(partition: string, question: string, entry: Entry<V>): void {
    let entries = this.#partitions.get(partition);
    if (!entries) {
      entries = new LRUCache({ max: maxEntries, ttl: this.#options.ttlMs });
      this.#partitions.set(partition, entries);
    }
    entries.set(question, entry);
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
