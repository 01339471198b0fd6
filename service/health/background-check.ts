import { withDeadline } from '../resilience/deadline.ts';

/** The last result of a {@link BackgroundCheck}. */
export interface CheckResult {
  readonly healthy: boolean;
  /** Why it is not healthy. */
  readonly reason?: string;
  /** How long it took. */
  readonly latencyMs: number;
  /** When the check ended. */
  readonly at: Date;
  /** When one last succeeded; `undefined` when none has. */
  readonly lastSuccess: Date | undefined;
}

/** Why a thing does not count as healthy; nothing when it does. */
export function reasonOf(result: CheckResult | undefined): string | undefined {
  return result === undefined ? 'not checked yet' : result.reason;
}

/** How a {@link BackgroundCheck} runs. */
export interface CheckOptions {
  /** Throws when the thing checked is not healthy. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly onResult: (result: CheckResult) => void;
  /** 5,000 by default; each pause is up to 10 % shorter, so that replicas do not check in step. */
  readonly intervalMs?: number;
  /** 10,000 by default. */
  readonly timeoutMs?: number;
}

/** Asks after something again and again, so that a health endpoint answers from memory. */
export class BackgroundCheck {
  readonly #options: Required<CheckOptions>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #result: CheckResult | undefined;

  constructor(options: CheckOptions) {
    this.#options = { intervalMs: 5_000, timeoutMs: 10_000, ...options };
  }

  /** The last result; `undefined` before the first. */
  get result(): CheckResult | undefined {
    return this.#result;
  }

  /** Checks once, then in the background. Resolves after the first check. */
  async start(): Promise<void> {
    await this.#check();
    if (this.#stopped) return;
    const pause = this.#options.intervalMs * (1 - Math.random() / 10);
    this.#timer = setTimeout(() => void this.start(), pause).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const { run, onResult, timeoutMs } = this.#options;
    const begin = performance.now();
    let reason: string | undefined;
    try {
      await withDeadline(timeoutMs, run);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    const at = new Date();
    this.#result = {
      healthy: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
      latencyMs: performance.now() - begin,
      at,
      lastSuccess: reason === undefined ? at : this.#result?.lastSuccess,
    };
    onResult(this.#result);
  }
}
