import { withDeadline } from './deadline.ts';

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

  /** Runs one request's work under its deadline, as {@link withDeadline} does, unless the service stops before. */
  async run<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      return await withDeadline(milliseconds, work, controller);
    } finally {
      this.#running.delete(controller);
    }
  }
}
