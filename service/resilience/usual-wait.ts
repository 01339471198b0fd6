/** How long a call waited for the first content of a model's answer. */
export interface Wait {
  readonly model: string;
  readonly milliseconds: number;
  /** Whether nothing had come by then, so that the full wait would have been longer. */
  readonly inVain: boolean;
}

/** Waits from which the usual one is taken anew. */
const blockSize = 20;

/** Waits before anything is said of a model. */
const fewest = 5;

/** As often the usual wait: the waits of a model that is left alone differ by less. */
const slowFactor = 2.5;

/** A wait in vain shows less by itself, since its end is unknown; so a smaller one is a sign already. */
const slowFactorInVain = 1.5;

/** Added to the usual wait: never is a wait slow that is longer by less than this, in milliseconds. */
const slack = 200;

/** How slowly the usual wait follows longer ones while there is room: this part of the way takes 10 minutes. */
const followMs = 600_000;

/**
 * What one model's calls usually wait for their first content when they are not kept waiting by other calls: the lower
 * quartile of the quickest 20 calls in a row. It goes down at once, and up slowly, and only while there is room, since
 * longer waits at full load are what it is compared with.
 *
 * The first content is judged, not the whole answer: a long answer takes long without any overload, while the first
 * content waits for whatever the model does before.
 */
export class UsualWait {
  #milliseconds: number | undefined;
  #block: number[] = [];
  #followedAt = performance.now();

  /**
   * How slow a wait was: over 1 when it shows that the model had too much to do; `undefined` when it shows nothing,
   * because too little is known, or because it ended before anything could be seen.
   */
  slowness({ milliseconds, inVain }: Wait): number | undefined {
    const usual = this.#milliseconds;
    if (usual === undefined) return undefined;
    const slow = inVain ? usual * slowFactorInVain : Math.max(usual * slowFactor, usual + slack);
    const ratio = milliseconds / slow;
    return inVain && ratio <= 1 ? undefined : ratio;
  }

  /**
   * Learns from a wait that had an end.
   *
   * @param room whether less ran than could.
   */
  learn(milliseconds: number, room: boolean): void {
    const now = performance.now();
    const passed = now - this.#followedAt;
    this.#followedAt = now;
    this.#block.push(milliseconds);
    const usual = this.#milliseconds;
    if (this.#block.length >= fewest) {
      this.#milliseconds = Math.min(usual ?? Infinity, lowerQuartile(this.#block));
      if (this.#block.length >= blockSize) this.#block = [];
    }
    if (room && usual !== undefined && milliseconds > usual) {
      this.#milliseconds = usual + (milliseconds - usual) * Math.min(1, passed / followMs);
    }
  }

  /** Begins anew: what it knew does not hold any more. */
  forget(): void {
    this.#milliseconds = undefined;
    this.#block = [];
  }
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? Infinity;
}
