/** What one overload leaves of the limit: the default of AIMDLimit in Netflix's concurrency-limits. */
const decrease = 0.9;

/** Never less at once than this: below it, too little is tried to see that the overload is over. */
const lowest = 4;

/**
 * How many may run at once, learnt from how they end: additive increase, multiplicative decrease.
 *
 * The algorithm is Chiu and Jain's ("Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in
 * Computer Networks", 1989), used on concurrency as AIMDLimit of Netflix's concurrency-limits does. A round is the work
 * admitted since the last decrease: what was admitted before says nothing about the limit as it is now, so that one bad
 * moment with a hundred in flight is one decrease, not a hundred.
 */
export class AdaptiveLimit {
  readonly #max: number;
  readonly #min: number;
  #current: number;
  #successes = 0;
  #decreasedAt = -Infinity;

  /** @param max where it starts, and what it never exceeds; 100 by default. */
  constructor(max = 100) {
    this.#max = max;
    this.#min = Math.min(lowest, max);
    this.#current = max;
  }

  /** The limit now, a whole number. */
  get current(): number {
    return this.#current;
  }

  /**
   * Work ended well. As many such as the limit raise it by one; those that ended while less than half of it was used
   * do not count, because they show nothing of what the upstreams bear.
   *
   * @param startedAt when it was admitted, as `performance.now()` counts.
   * @param inFlight how much was running when it ended, itself included.
   */
  succeeded(startedAt: number, inFlight: number): void {
    if (startedAt <= this.#decreasedAt || inFlight * 2 < this.#current) return;
    this.#successes += 1;
    if (this.#successes < this.#current) return;
    this.#successes = 0;
    this.#current = Math.min(this.#max, this.#current + 1);
  }

  /**
   * Work met an overload: the limit is multiplied by 0.9, at most once a round.
   *
   * @param startedAt when it was admitted, as `performance.now()` counts.
   */
  overloaded(startedAt: number): void {
    if (startedAt <= this.#decreasedAt) return;
    this.#decreasedAt = performance.now();
    this.#successes = 0;
    this.#current = Math.max(this.#min, Math.floor(this.#current * decrease));
  }
}
