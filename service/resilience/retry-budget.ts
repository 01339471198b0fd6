/** Tokens are counted in tenths, which add up exactly: a call brings one, a retry takes ten. */
const tenthsOfRetry = 10;

/** Ten retries, so that a few failures can be retried when there are few calls. */
const reserve = 10 * tenthsOfRetry;

/** Calls count as recent for 10 s, to the second. */
const seconds = 10;

/**
 * Bounds retries to 10 % of the calls, so that they do not add to the load of an upstream that is down.
 *
 * A token bucket, after Finagle's RetryBudget: it begins with a reserve of 10 retries, and each first call adds a tenth
 * of one. It never holds more than the reserve and 10 % of the calls of the last 10 s, so that a good hour does not pay
 * for a storm. Over any time from its start it grants at most 10 retries and 10 % of the first calls.
 */
export class RetryBudget {
  #balance = reserve;
  /** Calls in each of the last seconds; the place is the second's number modulo their count. */
  readonly #calls = new Array<number>(seconds).fill(0);
  #recentCalls = 0;
  #second = secondNow();

  /** A first call was made, no retry. */
  called(): void {
    this.#forget();
    const place = this.#second % seconds;
    this.#calls[place] = (this.#calls[place] ?? 0) + 1;
    this.#recentCalls += 1;
    this.#balance += 1;
    this.#cap();
  }

  /** Takes a token for a retry. False, and nothing taken, when there is none. */
  tryTake(): boolean {
    if (this.available < 1) return false;
    this.#balance -= tenthsOfRetry;
    return true;
  }

  /** Retries that would be granted now. */
  get available(): number {
    this.#forget();
    this.#cap();
    return Math.floor(this.#balance / tenthsOfRetry);
  }

  /** Forgets the calls of the seconds that have left the window since the last time. */
  #forget(): void {
    const now = secondNow();
    for (let second = Math.max(this.#second, now - seconds) + 1; second <= now; second += 1) {
      this.#recentCalls -= this.#calls[second % seconds] ?? 0;
      this.#calls[second % seconds] = 0;
    }
    this.#second = now;
  }

  #cap(): void {
    this.#balance = Math.min(this.#balance, reserve + this.#recentCalls);
  }
}

function secondNow(): number {
  return Math.floor(performance.now() / 1000);
}
