import type { Deadline } from './deadline.ts';

/** The service stopped before the answer. */
export class DrainingError extends Error {
  override readonly name = 'DrainingError';
  override readonly message = 'the service is stopping; ask again';
}

/** Where a process is between its start and its end, and the requests that run in it. */
export class Lifecycle {
  #state: 'starting' | 'started' | 'draining' = 'starting';
  #over = false;
  readonly #running = new Set<Deadline>();

  get state() {
    return this.#state;
  }

  /** Whether what ran was aborted; what begins now fails at once. */
  get isOver(): boolean {
    return this.#over;
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
    this.#over = true;
    for (const deadline of this.#running) deadline.abort(new DrainingError());
  }

  /** Runs one request's work until its deadline, even when it ignores the signal, unless the service stops before. */
  async run<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
    const { signal } = deadline;
    if (this.#over) deadline.abort(new DrainingError());
    this.#running.add(deadline);
    try {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      signal.throwIfAborted();
      return await Promise.race([work(), aborted]);
    } finally {
      this.#running.delete(deadline);
      deadline.dispose();
    }
  }
}
