import { UsualWait, type Wait } from './usual-wait.ts';

/** What one overload leaves of the limit: the default of AIMDLimit in Netflix's concurrency-limits. */
const decrease = 0.9;

/** Never less at once than this: below it, too little is tried to see that the overload is over. */
const lowest = 4;

/** Waits that are judged together: enough that a few slow ones among them say nothing. */
const judged = 10;

/** What slow waits leave of the limit: in proportion, as Gradient2 of concurrency-limits, and not less than its half. */
const whenSlow = { least: 0.5, most: decrease };

/** What waits in vain leave of what runs: less, because their whole length is not known, and clients feel each of them. */
const whenInVain = { least: 0.25, most: 0.5 };

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
  /** How slow the last waits of this round were, 1 being the border. */
  #waits: { slowness: number; inVain: boolean }[] = [];
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
   * A call waited for its first content. When most of ten waits were slow, the limit falls in proportion, to half at
   * least, as a gradient does; at most once a round. While less than half of the limit is used, most of the ten must
   * have been in vain, since a slow answer then harms nobody. At the lowest limit there is no queue of our making: if
   * waits are slow there too, they are what is usual now.
   *
   * @param startedAt when the work was admitted, as `performance.now()` counts.
   * @param inFlight how much was running when it ended, itself included.
   */
  waited(startedAt: number, inFlight: number, wait: Wait): void {
    const room = inFlight * 2 < this.#current;
    const usual = this.#usualOf(wait.model);
    const slowness = usual.slowness(wait);
    if (!wait.inVain) usual.learn(wait.milliseconds, room);
    if (slowness === undefined || startedAt <= this.#decreasedAt) return;
    this.#waits.push({ slowness, inVain: wait.inVain });
    if (this.#waits.length < judged) return;
    const waits = this.#waits.sort((a, b) => a.slowness - b.slowness);
    this.#waits = [];
    const median = waits[judged / 2]?.slowness ?? 0;
    const inVain = waits.filter((one) => one.inVain).length * 2 > judged;
    if (median <= 1 || (room && !inVain)) return;
    if (this.#current === this.#min) for (const each of this.#usual.values()) each.forget();
    const from = inVain ? Math.min(this.#current, inFlight) : this.#current;
    const { least, most } = inVain ? whenInVain : whenSlow;
    this.#decreaseTo(from * Math.max(least, Math.min(most, 1 / median)));
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
