import { monitorEventLoopDelay } from 'node:perf_hooks';

const windowMs = 5_000;

/**
 * The event loop counts as unhealthy when 1 in 100 samples of the last window waited longer than this. A second is
 * twenty times what a probe may wait behind other work, and well below a probe's own timeout of two.
 */
const unhealthyDelayMs = 1_000;

/** Watches how long the event loop keeps work waiting. */
export class EventLoopMonitor {
  readonly #histogram = monitorEventLoopDelay({ resolution: 20 });
  readonly #timer: NodeJS.Timeout;
  #delayMs = 0;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#delayMs = this.#histogram.percentile(99) / 1e6;
      this.#histogram.reset();
    }, windowMs).unref();
  }

  /** Delay in milliseconds that 99 % of samples of the last 5 s stayed under; 0 before the first window ends. */
  get delayP99Ms(): number {
    return this.#delayMs;
  }

  get healthy(): boolean {
    return this.#delayMs < unhealthyDelayMs;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }
}
