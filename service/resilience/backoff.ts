const firstMs = 1_000;
const longestMs = 16_000;

/**
 * A pause before a retry: exponential with full jitter, uniform between nothing and 1 s, 2 s, 4 s and so on, 16 s at
 * most. So those who failed together don't come back together ("Exponential Backoff And Jitter", Marc Brooker, AWS
 * Architecture Blog, 2015).
 *
 * @param retry 1 for the first.
 * @param options.random uniform in [0, 1); `Math.random` by default.
 * @returns milliseconds.
 */
export function backoffMs(retry: number, { random = Math.random }: { readonly random?: () => number } = {}): number {
  return random() * Math.min(longestMs, firstMs * 2 ** (retry - 1));
}

/**
 * How long to pause before a retry: as the backoff says, or as the upstream asks when that is longer.
 *
 * @param retry 1 for the first.
 * @param retryAfterSeconds what the upstream asked for, if it did.
 * @param remainingMs the time that the request still has, in milliseconds.
 * @returns milliseconds; `undefined` when no time would be left after the pause, so that it is not worth waiting.
 */
export function pauseMs(retry: number, retryAfterSeconds: number | undefined, remainingMs: number): number | undefined {
  const pause = Math.max(backoffMs(retry), (retryAfterSeconds ?? 0) * 1000);
  return pause < remainingMs ? pause : undefined;
}

/**
 * Waits, never less than it is told to, though Node's timers go off up to a millisecond early. The promise of
 * `node:timers/promises` would fail with an AbortError, this one fails with the signal's own reason.
 *
 * @param signal ends the wait; without one it goes on to its end.
 * @throws the signal's reason, at once, when it aborts or has aborted.
 */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const end = performance.now() + milliseconds;
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const check = () => {
      if (performance.now() < end) {
        timer = setTimeout(check, 1);
        return;
      }
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    let timer = setTimeout(check, Math.ceil(milliseconds));
    signal?.addEventListener('abort', abort, { once: true });
  });
}
