/**
 * Runs one attempt of a call under a limit of its own. It ends in time even when the call ignores its signal.
 *
 * @param outer ends the attempt early, with its reason.
 * @param milliseconds until the attempt fails, unless the call says before that its answer has begun to arrive.
 * @param tooLate makes the error that it then fails with.
 */
export async function attemptWithin<T>(
  outer: AbortSignal,
  milliseconds: number,
  tooLate: () => Error,
  call: (signal: AbortSignal, arrived: () => void) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    // First, so that a call that fails as soon as it is aborted does not hide why.
    reject(reason);
    controller.abort(reason);
  };
  const leave = () => end(outer.reason);
  outer.addEventListener('abort', leave, { once: true });
  const timer = setTimeout(() => end(tooLate()), milliseconds);
  const arrived = () => clearTimeout(timer);
  try {
    return await Promise.race([call(controller.signal, arrived), ended]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', leave);
  }
}
