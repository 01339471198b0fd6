/** Seconds that a 429 without `Retry-After` holds for. */
const defaultSeconds = 1;

/** A `Retry-After` beyond this, in seconds, is cut: an upstream's slip must not take it away for days. */
const maxSeconds = 3600;

/** How long after a hold's end a further 429 means that waiting as asked did not help, in milliseconds. */
const memoryMs = 60_000;

/**
 * Keeps calls from an upstream for as long as its 429s asked.
 *
 * A 429 is a request to wait, no failure. Only when waiting as asked was answered by the next 429 is the upstream
 * failing.
 */
export class Hold {
  /** End of the hold that began last, as `performance.now()` counts. */
  #until = -Infinity;
  /** End of the one before. */
  #previousUntil = -Infinity;

  /**
   * Notes a 429. The longest wait that was asked for holds.
   *
   * @param retryAfterSeconds as the upstream sent it; 1 s without, and 1 h at most.
   * @param callBeganAt when the call was sent, as `performance.now()` counts.
   * @returns whether it is a failure: the call was sent after a hold had been waited out, at most 60 s after its end.
   */
  note(retryAfterSeconds: number | undefined, callBeganAt: number): boolean {
    const now = performance.now();
    if (now >= this.#until) this.#previousUntil = this.#until;
    const waitedUntil = this.#previousUntil;
    const seconds = Math.min(retryAfterSeconds ?? defaultSeconds, maxSeconds);
    this.#until = Math.max(this.#until, now + seconds * 1000);
    return callBeganAt >= waitedUntil && callBeganAt <= waitedUntil + memoryMs;
  }

  /** Milliseconds until calls may go again; 0 when they may. */
  remainingMs(): number {
    return Math.max(0, this.#until - performance.now());
  }
}
