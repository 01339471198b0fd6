import { attemptWithin } from './attempt.ts';
import { BreakerOpenError } from './breaker-open-error.ts';
import { pauseMs, sleep } from './backoff.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { isRetryable, outcomeOf } from './failure.ts';
import type { RetryBudget } from './retry-budget.ts';
import { UpstreamError } from './upstream-error.ts';

/** Who waits for a call: it ends with its signal, and its retries fit in the time left. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  readonly shortened: () => boolean;
}

/** Runs a call to a dependency under its guards. @throws {UpstreamError} when it failed, or was not tried. */
export type GuardedCall = <T>(waiting: Waiting, call: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** The guards of one dependency. */
export interface Guards {
  /** The dependency's name in errors. */
  readonly name: string;
  readonly breaker: CircuitBreaker;
  readonly retryBudget: RetryBudget;
  /** Milliseconds that one attempt may take. */
  readonly timeoutMs: number;
  /** Milliseconds from which a success counts as a failure. */
  readonly slowMs: number;
  /** Attempts of one call, at most; 1 where the caller retries. */
  readonly attempts: number;
}

/** One attempt may take this part of the time left, so that a silent dependency leaves time to answer without it. */
const share = 3;

/** Makes the guard of calls that are safe to repeat: a timeout for each attempt, retries within a budget, a breaker. */
export function guardCalls({ name, breaker, retryBudget, timeoutMs, slowMs, attempts }: Guards): GuardedCall {
  return async (waiting, call) => {
    for (let attempt = 1; ; attempt += 1) {
      // A call that nobody waits for is not made, and says nothing of the dependency.
      waiting.signal.throwIfAborted();
      const permit = breaker.tryAcquire();
      if (!permit) throw new BreakerOpenError(name, breaker.retryAfterMs());
      if (attempt === 1) retryBudget.called();
      const begin = performance.now();
      const limitMs = Math.min(timeoutMs, waiting.remainingMs() / share);
      const tooLate = () => new UpstreamError(name, 'timeout', `no answer within ${Math.round(limitMs)} ms`);
      try {
        const result = await attemptWithin(waiting.signal, limitMs, tooLate, call);
        if (performance.now() - begin < slowMs) permit.success();
        else permit.failure();
        return result;
      } catch (error) {
        const deadlineShortened = waiting.shortened() && limitMs < timeoutMs;
        // What another upstream failed in, on behalf of this one, is not this one's failure.
        const own = !(error instanceof UpstreamError) || error.upstream === name;
        if (own && outcomeOf(error, { deadlineShortened, holdIgnored: false }) === 'failure') permit.failure();
        else permit.ignore();
        const noMore = waiting.signal.aborted || attempt >= attempts || error instanceof BreakerOpenError;
        if (noMore || !isRetryable(error)) throw error;
        const pause = pauseMs(attempt, retryAfterOf(error), waiting.remainingMs());
        if (pause === undefined || !retryBudget.tryTake()) throw error;
        await sleep(pause, waiting.signal);
      }
    }
  };
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof UpstreamError ? error.retryAfterSeconds : undefined;
}
