import { monitorEventLoopDelay } from 'node:perf_hooks';

const windowMs = 5_000;
const resolutionMs = 20;

/**
 * The event loop counts as unhealthy when something held it up for longer than this in the last window: well below the
 * two seconds after which a probe gives up by itself.
 */
const unhealthyDelayMs = 1_000;

/** Watches how long the event loop keeps work waiting. */
export class EventLoopMonitor {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: NodeJS.Timeout;
  #lastWindowMs = 0;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#lastWindowMs = this.#current();
      this.#histogram.reset();
    }, windowMs).unref();
  }

  /**
   * The longest that work had to wait, in milliseconds, in the last five to ten seconds. The longest, not a percentile:
   * while the loop is held up no samples are taken, so that one long block is one sample among hundreds.
   */
  get maxDelayMs(): number {
    return Math.max(this.#lastWindowMs, this.#current());
  }

  get healthy(): boolean {
    return this.maxDelayMs < unhealthyDelayMs;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  /** The histogram's samples hold its own interval, which is no delay. */
  #current(): number {
    return this.#histogram.count === 0 ? 0 : Math.max(0, this.#histogram.max / 1e6 - resolutionMs);
  }
}
