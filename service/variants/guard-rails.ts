import type { ModelTable } from '../contract/models.ts';

/** How a question ended, for the variant that answered it. */
export interface Outcome {
  /** Whether the variant failed it. Questions that failed for another reason are not recorded at all. */
  readonly failed: boolean;
  /** US dollars. */
  readonly costUsd: number;
}

/** How much more often than the others a variant must fail to be stopped: in an outage all fail alike. */
const timesWorse = 2;

/** Fewest questions that the window of a variant holds when it is full. */
const smallestWindow = 500;

/**
 * Stops a variant that fails too much or costs too much, judged by its last 500 questions (or as many as `min_sample`,
 * where that is more), and only once there are `min_sample`. At or over a bound counts as over it. One
 * that fails is only stopped when it fails at least twice as often as the others, since in an outage all fail alike. Never stops the last
 * variant with a weight, so that a single one is never stopped. What is stopped stays so until the process restarts:
 * it gets no questions by which it could be judged again.
 */
export class GuardRails {
  readonly #bounds: ModelTable['guard_rails'];
  readonly #windows: ReadonlyMap<string, Window>;
  /** Variants that are chosen at all. */
  readonly #running: Set<string>;
  readonly #stopped = new Set<string>();
  readonly #onStop: (variant: string, reason: string) => void;

  /** @param onStop is called once for each variant that is stopped, with why: a sentence without its subject. */
  constructor(
    { variants, guard_rails }: Pick<ModelTable, 'variants' | 'guard_rails'>,
    onStop: (variant: string, reason: string) => void,
  ) {
    this.#bounds = guard_rails;
    const size = Math.max(smallestWindow, guard_rails.min_sample);
    this.#windows = new Map(Object.keys(variants).map((name) => [name, new Window(size)]));
    this.#running = new Set(Object.keys(variants).filter((name) => (variants[name]?.weight ?? 0) > 0));
    this.#onStop = onStop;
  }

  /** The variants that are stopped, as they are now and come to be. */
  get stopped(): ReadonlySet<string> {
    return this.#stopped;
  }

  /** Counts a question that is over, and stops the variant when it crosses a bound. */
  record(variant: string, outcome: Outcome): void {
    const window = this.#windows.get(variant);
    if (window === undefined) throw new Error(`there is no variant ${JSON.stringify(variant)}`);
    if (this.#stopped.has(variant)) return;
    window.add(outcome);
    const isLast = this.#running.size === 1 && this.#running.has(variant);
    const reason = isLast ? undefined : this.#reasonAgainst(window, this.#failureRatioOfOthers(variant));
    if (reason === undefined) return;
    this.#running.delete(variant);
    this.#stopped.add(variant);
    this.#onStop(variant, reason);
  }

  /** What fails with every variant is not the doing of one. */
  #failureRatioOfOthers(variant: string): number {
    let questions = 0;
    let failures = 0;
    for (const [name, window] of this.#windows) {
      if (name === variant || !this.#running.has(name)) continue;
      questions += window.size;
      failures += window.failures;
    }
    return questions === 0 ? 0 : failures / questions;
  }

  #reasonAgainst({ size, failures, costUsd }: Window, othersRatio: number): string | undefined {
    const { max_error_ratio, max_cost_usd, min_sample } = this.#bounds;
    if (size < min_sample) return undefined;
    if (failures / size >= Math.max(max_error_ratio, timesWorse * othersRatio)) {
      return `failed ${failures} of its last ${size} questions; the bound is a ratio of ${max_error_ratio}`;
    }
    if (max_cost_usd !== undefined && costUsd / size >= max_cost_usd) {
      return `cost ${costUsd / size} US dollars a question over the last ${size}; the bound is ${max_cost_usd}`;
    }
    return undefined;
  }
}

/** The last outcomes of one variant, and their sums. */
class Window {
  readonly #capacity: number;
  readonly #outcomes: Outcome[] = [];
  #next = 0;
  failures = 0;
  costUsd = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#outcomes.length;
  }

  add(outcome: Outcome): void {
    const oldest = this.#outcomes[this.#next];
    if (oldest !== undefined) {
      this.failures -= Number(oldest.failed);
      this.costUsd -= oldest.costUsd;
    }
    this.#outcomes[this.#next] = outcome;
    this.#next = (this.#next + 1) % this.#capacity;
    this.failures += Number(outcome.failed);
    this.costUsd += outcome.costUsd;
  }
}
