/** The time was over before the work was done. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  /** @param message in place of the usual sentence, which names the time. */
  constructor(milliseconds: number, message = `no answer within ${milliseconds / 1000} s`) {
    super(message);
  }
}

/**
 * Runs work under a deadline.
 *
 * @param milliseconds after which it fails with a {@link DeadlineError}, even when the work ignores its signal.
 * @param controller aborts the work earlier, for a reason of the caller's; then that is what it fails with.
 */
export async function withDeadline<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  controller = new AbortController(),
): Promise<T> {
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(new DeadlineError(milliseconds)), milliseconds);
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return await Promise.race([work(signal), aborted]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The time that one request has, as a budget that everything done for it shares.
 *
 * A stream moves its end: the first budget bounds the time to the first token, and each token then renews a shorter
 * one. Its signal aborts at most 50 ms after the end, as long as the event loop runs.
 */
export class Deadline {
  readonly #controller = new AbortController();
  #milliseconds: number;
  #message: string | undefined;
  #expiresAt: number;
  /** Goes off at or before the end, and looks whether the end has moved; absent once nothing can end any more. */
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  /** @param milliseconds from now. */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    const now = performance.now();
    this.#expiresAt = now + milliseconds;
    this.#arm(now);
  }

  /** Aborts with a {@link DeadlineError} when the time is over, or with the reason given to {@link abort}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** When the time is over, as `performance.now()` counts. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** Milliseconds until the time is over; 0 when it is. */
  remainingMs(): number {
    return Math.max(0, this.#expiresAt - performance.now());
  }

  /**
   * Moves the end, sooner or later than it was. Cheap enough for each token: a later end sets no timer. Does nothing
   * once the signal has aborted, or after {@link dispose}.
   *
   * @param milliseconds from now.
   * @param message of the {@link DeadlineError}; by default it says that there was no answer within that time.
   */
  restart(milliseconds: number, message?: string): void {
    if (this.#timer === undefined) return;
    const now = performance.now();
    this.#milliseconds = milliseconds;
    this.#message = message;
    this.#expiresAt = now + milliseconds;
    // Timers count whole milliseconds; so an end that is only rounded otherwise needs no other timer.
    if (this.#timerAt - this.#expiresAt < 1) return;
    clearTimeout(this.#timer);
    this.#arm(now);
  }

  /** Ends the request before its time: the client left, or the service stops. */
  abort(reason: Error): void {
    this.dispose();
    this.#controller.abort(reason);
  }

  /** Stops the clock for good. To be called when the request has ended. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(now: number): void {
    this.#timerAt = this.#expiresAt;
    this.#timer = setTimeout(() => this.#check(), Math.ceil(this.#expiresAt - now));
  }

  #check(): void {
    const now = performance.now();
    if (now < this.#expiresAt) this.#arm(now);
    else this.abort(new DeadlineError(this.#milliseconds, this.#message));
  }
}
