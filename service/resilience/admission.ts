import type { Priority, ShedReason } from '../contract/metrics.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import type { Wait } from './usual-wait.ts';
import { ShedError } from './shed-error.ts';
import { WaitingQueue } from './waiting-queue.ts';

/** Load over the limit from which low priority is shed by chance: early enough to keep room for the others. */
const lowShedFrom = 0.7;

/** The longest `Retry-After`, in seconds: that of a full queue. */
const longestRetrySeconds = 5;

const latelyMs = 10_000;

/** Bounds of an {@link Admission}. */
export interface AdmissionOptions {
  /** Slots at most; the limit adapts below it. 100 by default. */
  readonly maxConcurrency?: number;
  /** Entries that wait at most, as long as the limit is at its maximum; fewer in proportion below it. 50 by default. */
  readonly queueSize?: number;
}

/** What an admission counts with. */
export type AdmissionMetrics = Pick<
  Metrics,
  'rag_admission_limit' | 'rag_admission_in_flight' | 'rag_admission_queue_size' | 'rag_requests_shed_total'
>;

/** How admitted work ended; `overload` when an upstream had too much to do, `other` when it says nothing of that. */
export type AdmittedOutcome = 'success' | 'overload' | 'other';

/** A place among those that run. */
export interface Slot {
  /**
   * Gives the place back. To be called exactly once; further calls do nothing.
   *
   * @param waits for the first content, of the model calls that were made.
   */
  release(outcome: AdmittedOutcome, waits?: readonly Wait[]): void;
}

type Reason = Exclude<ShedReason, 'followers'>;

/**
 * Who may run now, who waits and who is refused, by an {@link AdaptiveLimit}.
 *
 * The load is what runs plus what waits. Low priority is shed with a probability that rises linearly from 0 at 70 % of
 * the limit to 1 at the limit, normal from 0 at the limit to 1 at the limit plus the queue's size, high never. A full
 * queue refuses, unless someone of a lower priority waits in it: the youngest of the lowest makes room.
 */
export class Admission {
  readonly #limit: AdaptiveLimit;
  readonly #maxConcurrency: number;
  readonly #maxQueueSize: number;
  readonly #queue = new WaitingQueue<Slot>(() => this.#report());
  readonly #gauges;
  readonly #shed;
  #inFlight = 0;
  #lastShedAt = -Infinity;

  constructor({ maxConcurrency = 100, queueSize = 50 }: AdmissionOptions, metrics: AdmissionMetrics) {
    this.#limit = new AdaptiveLimit(maxConcurrency);
    this.#maxConcurrency = maxConcurrency;
    this.#maxQueueSize = queueSize;
    this.#gauges = {
      limit: metrics.rag_admission_limit.labels({}),
      inFlight: metrics.rag_admission_in_flight.labels({}),
      queueSize: metrics.rag_admission_queue_size.labels({}),
    };
    const shed = (priority: Priority) => ({
      probabilistic: metrics.rag_requests_shed_total.labels({ priority, reason: 'probabilistic' }),
      queue_full: metrics.rag_requests_shed_total.labels({ priority, reason: 'queue_full' }),
      displaced: metrics.rag_requests_shed_total.labels({ priority, reason: 'displaced' }),
    });
    this.#shed = { high: shed('high'), normal: shed('normal'), low: shed('low') };
    this.#report();
  }

  /** Whether work that nobody waits for may be added: below the load from which any is shed. */
  get hasRoom(): boolean {
    return this.#inFlight + this.#queue.size < this.#limit.current * lowShedFrom;
  }

  /** Whether anything was shed in the last 10 s. */
  get sheddingLately(): boolean {
    return performance.now() - this.#lastShedAt < latelyMs;
  }

  /**
   * Takes a slot, at once or after waiting: higher priorities first, and first come, first served within one. Whether
   * it is refused is decided before this returns.
   *
   * @param signal ends the waiting, with its reason.
   * @param random gives numbers from 0 to below 1.
   * @throws {ShedError} when refused, or displaced from the queue. It says to ask again after
   * `1 + round(4 * waiting / queueSize)` seconds: 1 when nobody waits, 5 when the queue is full.
   */
  acquire(priority: Priority, signal: AbortSignal, random: () => number = Math.random): Promise<Slot> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    // Whoever waits is let in as soon as a slot is free, so that nobody is passed by while one is.
    const free = this.#inFlight < this.#limit.current;
    if (!free && this.#queue.size >= this.#queueSize) {
      if (!this.#displaceBelow(priority)) return Promise.reject(this.#refusal(priority, 'queue_full'));
    } else if (random() < this.#sheddingProbability(priority)) {
      return Promise.reject(this.#refusal(priority, 'probabilistic'));
    }
    const slot = free ? Promise.resolve(this.#grant()) : this.#queue.wait(priority, signal);
    this.#report();
    return slot;
  }

  /** How many may wait now: in proportion to the limit, so that waiting takes no longer the less the upstreams bear. */
  get #queueSize(): number {
    return Math.ceil((this.#maxQueueSize * this.#limit.current) / this.#maxConcurrency);
  }

  #sheddingProbability(priority: Priority): number {
    const load = this.#inFlight + this.#queue.size;
    const limit = this.#limit.current;
    switch (priority) {
      case 'high':
        return 0;
      case 'normal':
        return (load - limit) / this.#queueSize;
      case 'low':
        return (load / limit - lowShedFrom) / (1 - lowShedFrom);
    }
  }

  #refusal(priority: Priority, reason: Reason, retryAfterSeconds = this.#retryAfterSeconds()): ShedError {
    this.#lastShedAt = performance.now();
    this.#shed[priority][reason].inc();
    return new ShedError(reason, retryAfterSeconds);
  }

  #retryAfterSeconds(): number {
    // More may wait than the queue now takes, since it has shrunk with the limit.
    const full = this.#queueSize === 0 ? 0 : Math.min(1, this.#queue.size / this.#queueSize);
    return 1 + Math.round((longestRetrySeconds - 1) * full);
  }

  #displaceBelow(priority: Priority): boolean {
    const retryAfterSeconds = this.#retryAfterSeconds();
    const displaced = this.#queue.youngestBelow(priority);
    displaced?.refuse(this.#refusal(displaced.priority, 'displaced', retryAfterSeconds));
    return displaced !== undefined;
  }

  #grant(): Slot {
    this.#inFlight += 1;
    const startedAt = performance.now();
    let held = true;
    return {
      release: (outcome, waits = []) => {
        if (!held) return;
        held = false;
        this.#release(startedAt, outcome, waits);
      },
    };
  }

  #release(startedAt: number, outcome: AdmittedOutcome, waits: readonly Wait[]): void {
    for (const wait of waits) this.#limit.waited(startedAt, this.#inFlight, wait);
    if (outcome === 'success') this.#limit.succeeded(startedAt, this.#inFlight);
    if (outcome === 'overload') this.#limit.overloaded(startedAt);
    this.#inFlight -= 1;
    while (this.#inFlight < this.#limit.current) {
      const next = this.#queue.next();
      if (!next) break;
      next.grant(this.#grant());
    }
    this.#report();
  }

  #report(): void {
    this.#gauges.limit.set(this.#limit.current);
    this.#gauges.inFlight.set(this.#inFlight);
    this.#gauges.queueSize.set(this.#queue.size);
  }
}
