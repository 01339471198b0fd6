import type { CircuitBreaker, Permit } from '../resilience/circuit-breaker.ts';
import { outcomeOf } from '../resilience/failure.ts';
import type { Hold } from '../resilience/hold.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';

/** One call that was let through to a model; it is told once how the call ended. */
export interface ModelPermit {
  /** @param toFirstContentMs milliseconds to the first content; a slow call counts as a failure. */
  succeeded(toFirstContentMs: number): void;
  failed(error: unknown, deadlineShortened: boolean): void;
  /** The call was not made after all. */
  unused(): void;
}

/** The last call to a model: a request's, or a test. */
export interface LastCall {
  /** When it ended, by `performance.now()`. */
  readonly at: number;
  /** Milliseconds to its first content; to its end when it was a test or failed. */
  readonly latencyMs: number;
  /** Whether it was a test, not a request's call. */
  readonly isTest: boolean;
  /** Why it failed; absent when it did not. */
  readonly failed?: string;
}

/** A model that was called within this time, in milliseconds, needs no test inference. */
const recentMs = 60_000;

/** A model with what holds calls back from it: its breaker, and the `Retry-After` that it sent. */
export class ModelGate {
  readonly model: LanguageModel;
  readonly breaker: CircuitBreaker;
  readonly #hold: Hold;
  readonly #slowMs: number;
  #lastCall: LastCall | undefined;
  #lastSuccessAt: number | undefined;

  constructor(model: LanguageModel, breaker: CircuitBreaker, hold: Hold, slowMs: number) {
    this.model = model;
    this.breaker = breaker;
    this.#hold = hold;
    this.#slowMs = slowMs;
  }

  /** Whether a call may be tried now. */
  get available(): boolean {
    return this.breaker.state !== 'open' && this.#hold.remainingMs() <= 0;
  }

  /** Milliseconds until a call may be tried. */
  get retryAfterMs(): number {
    return Math.max(this.#hold.remainingMs(), this.breaker.state === 'open' ? this.breaker.retryAfterMs() : 0);
  }

  /** How the last call or test ended that says anything about the model; `undefined` before one has. */
  get lastCall(): LastCall | undefined {
    return this.#lastCall;
  }

  /** When a call or test last succeeded, by `performance.now()`; `undefined` before one has. */
  get lastSuccessAt(): number | undefined {
    return this.#lastSuccessAt;
  }

  /** Whether a test would say more about the model than is known: after a while without calls, or a failed test. */
  get wantsTest(): boolean {
    const last = this.#lastCall;
    if (last === undefined || performance.now() - last.at >= recentMs) return true;
    return last.isTest && (last.failed !== undefined || this.breaker.state !== 'closed');
  }

  /** Lets a call through, or not. */
  tryAcquire(): ModelPermit | undefined {
    if (this.#hold.remainingMs() > 0) return undefined;
    const permit = this.breaker.tryAcquire();
    return permit && this.#permit(permit, performance.now());
  }

  /**
   * Runs a test of the model, outside of what requests do. A success ends the wait of an open breaker early, and counts
   * as a probe of a half-open one; a failure is noted and reopens a half-open one.
   *
   * @throws what the test throws, or that the model asked for no calls, and then it is not tested.
   */
  async probe(test: () => Promise<void>): Promise<void> {
    const holdMs = this.#hold.remainingMs();
    if (holdMs > 0) throw new Error(`${this.model.name} asked for no calls for another ${Math.ceil(holdMs / 1000)} s`);
    const begin = performance.now();
    const permit = this.breaker.state === 'half_open' ? this.breaker.tryAcquire() : undefined;
    try {
      await test();
    } catch (error) {
      this.#noteFailure(error, begin, true);
      if (this.#isToWait(error, begin)) permit?.ignore();
      else permit?.failure();
      throw error;
    }
    this.#noteSuccess(performance.now() - begin, true);
    permit?.success();
    this.breaker.endWaitEarly();
  }

  #permit(permit: Permit, begin: number): ModelPermit {
    return {
      succeeded: (toFirstContentMs) => {
        this.#noteSuccess(toFirstContentMs, false);
        if (toFirstContentMs < this.#slowMs) permit.success();
        else permit.failure();
      },
      failed: (error, deadlineShortened) => {
        const holdIgnored = !this.#isToWait(error, begin);
        if (outcomeOf(error, { deadlineShortened, holdIgnored }) === 'failure') {
          this.#noteFailure(error, begin, false);
          permit.failure();
        } else {
          permit.ignore();
        }
      },
      unused: () => permit.ignore(),
    };
  }

  /** Whether a failure asks to wait, which is honoured; not when waiting as asked has not helped before. */
  #isToWait(error: unknown, begin: number): boolean {
    const limited = error instanceof UpstreamError && error.fault === 'rate_limited';
    return limited && !this.#hold.note(error.retryAfterSeconds, begin);
  }

  #noteSuccess(latencyMs: number, isTest: boolean): void {
    const at = performance.now();
    this.#lastCall = { at, latencyMs, isTest };
    this.#lastSuccessAt = at;
  }

  #noteFailure(error: unknown, begin: number, isTest: boolean): void {
    const at = performance.now();
    const failed = error instanceof Error ? error.message : String(error);
    this.#lastCall = { at, latencyMs: at - begin, isTest, failed };
  }
}
