/** The time was over before the work was done. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
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
