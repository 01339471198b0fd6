import { EventEmitter } from 'node:events';
import Opossum from 'opossum';

/** Calls go through; calls are refused; a few calls go through to see whether the upstream is back. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** How a {@link CircuitBreaker} judges. */
export interface CircuitBreakerOptions {
  /** Name of the upstream. */
  readonly name: string;
  /** Ratio of failures at or over which it opens, above 0 and at most 1. */
  readonly failureThreshold: number;
  /** Successes in a row that close it again. */
  readonly successThreshold: number;
  /** How long it stays open before it probes, in milliseconds. */
  readonly timeoutMs: number;
  /** Probes in flight at once, at most. */
  readonly halfOpenRequests: number;
  /** When false it stays closed, whatever happens. */
  readonly enabled: boolean;
}

type Outcome = 'success' | 'failure' | 'ignored';

/** Leave to make one call. One of its methods must be called when the call has ended; only the first such call counts. */
export class Permit {
  #report: ((outcome: Outcome, period: number) => void) | undefined;
  readonly #period: number;

  /** For the breaker alone. `period` names the state that the call began in. */
  constructor(report: (outcome: Outcome, period: number) => void, period: number) {
    this.#report = report;
    this.#period = period;
  }

  /** The upstream did its part. */
  success(): void {
    this.#settle('success');
  }

  /** The upstream failed. */
  failure(): void {
    this.#settle('failure');
  }

  /** The call says nothing about the upstream, or was not made: it is not recorded, and a probe frees its place. */
  ignore(): void {
    this.#settle('ignored');
  }

  #settle(outcome: Outcome): void {
    const report = this.#report;
    this.#report = undefined;
    report?.(outcome, this.#period);
  }
}

/** Attempts in the window before their ratio means anything. */
const volumeThreshold = 5;

/** The rolling window. With 20 buckets an outcome is forgotten at most 0.5 s early, and adding them up takes 12 µs. */
const windowMs = 10_000;
const buckets = 20;
const bucketMs = windowMs / buckets;

const failed = new Error('the call failed');
const doNothing = () => undefined;

/**
 * Keeps calls from an upstream that fails, and lets a few through after a while to see whether it is back.
 *
 * The rolling statistics of the closed state, and the open state with its timer, are opossum's. It does not run the
 * calls, because it counts those in flight as attempts, and those that say nothing as successes: calls run outside, and
 * it is fired once for each success or failure, with an action that ends at once. A failure ends synchronously, so that
 * a change of state is visible as soon as the outcome has been reported. Its own threshold is out of reach, because it
 * must be exceeded, and only a failure is measured by it; ours need only be met, by any outcome.
 *
 * The half-open state is ours, because opossum's lets one call through and closes after one success. Opossum rests
 * closed meanwhile, and is fed nothing.
 *
 * An outcome counts only in the state that its call began in. Each closed state begins with an empty window.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #onState: (state: CircuitState, previous: CircuitState) => void;
  readonly #circuit: Opossum<[failure: boolean], void>;
  /** Turns opossum's buckets: with no timer of its own, and all at once when a new window begins. */
  readonly #rotation = new EventEmitter();
  readonly #report = (outcome: Outcome, period: number): void => this.#record(outcome, period);
  #bucketBegan = performance.now();
  #failedAt = -Infinity;
  #state: CircuitState = 'closed';
  /** Number of the current state since the start. */
  #period = 0;
  #openedAt = 0;
  #probes = 0;
  #successes = 0;

  /** @param onState is told of each change of state, synchronously; it must not throw. */
  constructor(options: CircuitBreakerOptions, onState: (state: CircuitState, previous: CircuitState) => void) {
    this.#options = options;
    this.#onState = onState;
    this.#circuit = new Opossum(settleAtOnce, {
      name: options.name,
      timeout: false,
      resetTimeout: options.timeoutMs,
      errorThresholdPercentage: 100,
      rollingCountTimeout: windowMs,
      rollingCountBuckets: buckets,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: this.#rotation,
    });
    this.#circuit.on('halfOpen', () => this.#probe());
  }

  /** The state now. */
  get state(): CircuitState {
    return this.#state;
  }

  /** Leave to call the upstream; `undefined`, at once, while it is open or as many probes as may be are in flight. */
  tryAcquire(): Permit | undefined {
    if (this.#state === 'open') return undefined;
    if (this.#state === 'half_open') {
      if (this.#probes >= this.#options.halfOpenRequests) return undefined;
      this.#probes += 1;
    }
    return new Permit(this.#report, this.#period);
  }

  /** Milliseconds until it probes; 0 when it is not open. */
  retryAfterMs(): number {
    if (this.#state !== 'open') return 0;
    return Math.max(0, this.#openedAt + this.#options.timeoutMs - performance.now());
  }

  /** Begins to probe now, because a check in the background succeeded. Does nothing when it is not open. */
  endWaitEarly(): void {
    if (this.#state === 'open') this.#probe();
  }

  /** Stops its timer. */
  close(): void {
    this.#circuit.shutdown();
  }

  #record(outcome: Outcome, period: number): void {
    if (period !== this.#period || !this.#options.enabled) return;
    if (this.#state === 'closed') {
      if (outcome !== 'ignored') this.#count(outcome);
      return;
    }
    this.#probes -= 1;
    if (outcome === 'failure') this.#open();
    if (outcome === 'success') {
      this.#successes += 1;
      if (this.#successes >= this.#options.successThreshold) this.#become('closed');
    }
  }

  #count(outcome: 'success' | 'failure'): void {
    const now = performance.now();
    const passed = Math.floor((now - this.#bucketBegan) / bucketMs);
    this.#bucketBegan += passed * bucketMs;
    this.#turn(Math.min(passed, buckets));
    this.#circuit.fire(outcome === 'failure').catch(doNothing);
    if (outcome === 'failure') this.#failedAt = now;
    // Nothing need be added up while all goes well.
    if (now - this.#failedAt > windowMs) return;
    const { fires, failures } = this.#circuit.stats;
    if (fires >= volumeThreshold && failures / fires >= this.#options.failureThreshold) this.#open();
  }

  /** Empties the oldest of opossum's buckets, and begins new ones. */
  #turn(times: number): void {
    for (let turned = 0; turned < times; turned += 1) this.#rotation.emit('rotate');
  }

  #open(): void {
    this.#circuit.open();
    this.#openedAt = performance.now();
    // So that the next closed state begins with an empty window.
    this.#turn(buckets);
    this.#become('open');
  }

  #probe(): void {
    // Stops opossum's timer, or its own probation.
    this.#circuit.close();
    this.#probes = 0;
    this.#successes = 0;
    this.#become('half_open');
  }

  #become(state: CircuitState): void {
    const previous = this.#state;
    this.#state = state;
    this.#period += 1;
    this.#onState(state, previous);
  }
}

/** Opossum takes what is thrown before a promise is given as a failure at once. */
function settleAtOnce(failure: boolean): Promise<void> {
  if (failure) throw failed;
  return Promise.resolve();
}
