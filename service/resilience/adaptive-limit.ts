import { UsualWait, type Wait } from './usual-wait.ts';

/** What one overload leaves of the limit: the default of AIMDLimit in Netflix's concurrency-limits. */
const decrease = 0.9;

/** Never less at once than this: below it, too little is tried to see that the overload is over. */
const lowest = 4;

/** Waits that are judged together: enough that a few long ones among them say nothing. */
const judged = 10;

/** What long waits leave of the limit at least. */
const steepest = 0.25;

/**
 * How many may run at once, learnt from how they end: additive increase, multiplicative decrease.
 *
 * The algorithm is Chiu and Jain's ("Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in
 * Computer Networks", 1989), used on concurrency as AIMDLimit of Netflix's concurrency-limits does. A round is the work
 * admitted since the last decrease: what was admitted before says nothing about the limit as it is now, so that one bad
 * moment with a hundred in flight is one decrease, not a hundred.
 *
 * Long waits decrease it in proportion, as the gradient limits of concurrency-limits do. But they are measured by the
 * time that calls are given, not by the shortest wait ever seen: the waits of language models vary by themselves, and
 * one that leaves enough time for the answer harms nobody.
 */
export class AdaptiveLimit {
  readonly #max: number;
  readonly #min: number;
  #current: number;
  #successes = 0;
  #decreasedAt = -Infinity;
  /** What the last waits of this round say; see {@link UsualWait.bearable}. */
  #waits: { bearable: number; inVain: boolean }[] = [];
  readonly #usual = new Map<string, UsualWait>();

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
    if (startedAt > this.#decreasedAt) this.#decreaseTo(this.#current * decrease);
  }

  /**
   * A model call waited for its first content. When most of ten waits were long, the limit falls by as much as they
   * were too long, to a quarter at least and at most once a round. Below half of the limit only waits in vain count,
   * and then what runs is cut, because a long wait with an end harms nobody while there is room. At the lowest limit
   * there is no queue of our making: if waits are long there too, they are what is usual now.
   *
   * @param startedAt when the work was admitted, as `performance.now()` counts.
   * @param inFlight how much was running when it ended, itself included.
   */
  waited(startedAt: number, inFlight: number, wait: Wait): void {
    const usual = this.#usualOf(wait.model);
    const bearable = usual.bearable(wait);
    if (!wait.inVain) usual.learn(wait.milliseconds);
    if (bearable === undefined || startedAt <= this.#decreasedAt) return;
    this.#waits.push({ bearable, inVain: wait.inVain });
    if (this.#waits.length < judged) return;
    const waits = this.#waits.sort((a, b) => a.bearable - b.bearable);
    this.#waits = [];
    const median = waits[judged / 2]?.bearable ?? 1;
    const inVain = waits.filter((one) => one.inVain).length * 2 > judged;
    if (median >= 1 || (!inVain && inFlight * 2 < this.#current)) return;
    if (this.#current === this.#min) for (const each of this.#usual.values()) each.forget();
    const from = inVain ? Math.min(this.#current, inFlight) : this.#current;
    this.#decreaseTo(from * Math.max(steepest, Math.min(decrease, median)));
  }

  #decreaseTo(limit: number): void {
    this.#decreasedAt = performance.now();
    this.#successes = 0;
    this.#waits = [];
    this.#current = Math.max(this.#min, Math.floor(limit));
  }

  #usualOf(model: string): UsualWait {
    let usual = this.#usual.get(model);
    if (!usual) this.#usual.set(model, (usual = new UsualWait()));
    return usual;
  }
}
