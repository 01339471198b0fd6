interface Lease {
  permits: number;
  readonly expiresAt: number;
}

/**
 * The permits of one key that a replica has from Redis, and those that it used in advance. It holds one block at most.
 *
 * Times are milliseconds of a clock that never goes back.
 */
export class LeaseBalance {
  readonly #block: number;
  /** Oldest first. */
  readonly #leases: Lease[] = [];
  #held = 0;
  #debt = 0;
  #advance = 0;

  /** @param block permits of one block. */
  constructor(block: number) {
    this.#block = block;
  }

  /**
   * Uses a permit: one that is held, else one in advance.
   *
   * @param first whether nothing was used in the window. Only then one block may be used in advance: a replica that
   *   used what it had left from before the window never has that in the same window too.
   */
  take(now: number, first: boolean): boolean {
    this.#expire(now);
    if (first && this.#held === 0) {
      this.#debt = 0;
      this.#advance = this.#block;
    }
    const lease = this.#leases[0];
    if (lease) {
      lease.permits -= 1;
      this.#held -= 1;
      if (lease.permits === 0) this.#leases.shift();
      return true;
    }
    if (this.#advance === 0) return false;
    this.#advance -= 1;
    this.#debt += 1;
    return true;
  }

  /** Permits held, less those used in advance. */
  level(now: number): number {
    this.#expire(now);
    return this.#held - this.#debt;
  }

  /**
   * Adds what Redis has granted. It pays for what was used in advance, then serves those who wait; the rest is held.
   *
   * @returns how many of those who wait are served.
   */
  grant(permits: number, waiting: number, expiresAt: number): number {
    this.endAdvance();
    const repaid = Math.min(this.#debt, permits);
    this.#debt -= repaid;
    const served = Math.min(waiting, permits - repaid);
    const kept = Math.min(permits - repaid - served, this.#block - this.#held);
    if (kept > 0) this.#leases.push({ permits: kept, expiresAt });
    this.#held += kept;
    return served;
  }

  /** Redis has answered, or is away: from now on nothing is used in advance. */
  endAdvance(): void {
    this.#advance = 0;
  }

  #expire(now: number): void {
    for (let lease = this.#leases[0]; lease && lease.expiresAt <= now; lease = this.#leases[0]) {
      this.#held -= lease.permits;
      this.#leases.shift();
    }
  }
}
