/** The request's time was over before its answer. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

/** The service stopped before the answer. */
export class DrainingError extends Error {
  override readonly name = 'DrainingError';
  override readonly message = 'the service is stopping; ask again';
}

/** Where a process is between its start and its end, and the requests that run in it. */
export class Lifecycle {
  #state: 'starting' | 'started' | 'draining' = 'starting';
  readonly #running = new Set<AbortController>();

  get state() {
    return this.#state;
  }

  /** The start is complete; a drain that began before is not undone. */
  started(): void {
    if (this.#state === 'starting') this.#state = 'started';
  }

  /** From now on the service is not ready, and ends what runs. */
  draining(): void {
    this.#state = 'draining';
  }

  /** Aborts what still runs: each such request fails with a {@link DrainingError}. */
  abortRunning(): void {
    for (const controller of this.#running) controller.abort(new DrainingError());
  }

  /**
   * Runs one request's work under its deadline.
   *
   * @param milliseconds after which it fails with a {@link DeadlineError}, even when the work ignores its signal.
   */
  async run<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(() => {
      controller.abort(new DeadlineError(milliseconds));
    }, milliseconds);
    this.#running.add(controller);
    try {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      return await Promise.race([work(signal), aborted]);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }
}
