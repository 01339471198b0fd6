/** How long a model call waited for the first content of its answer. */
export interface Wait {
  readonly model: string;
  readonly milliseconds: number;
  /** How long it could have waited at most. */
  readonly givenMs: number;
  /** Whether nothing had come when it ended. */
  readonly inVain: boolean;
}

/** Waits that the usual one is learnt from at a time. */
const blockSize = 20;

/** Waits before anything is said of a model. */
const fewest = 5;

/** Part of the given time from which a wait is long: the rest is for what varies by itself. */
const longShare = 0.5;

/** As often the usual wait no wait is long, whatever time it was given: callers who give too little say nothing. */
const usualFactor = 2;

/** What a wait in vain says at most of the calls that would have been served in time: its whole length is not known. */
const mostInVain = 0.5;

/** Part of the way that the usual wait goes at once when waits are shorter. */
const downShare = 0.25;

/** Milliseconds that it takes to go the whole way up: much longer than a burst, so that it is not learnt from one. */
const upMs = 3_600_000;

/**
 * What one model's calls usually wait for their first content, as long as they are not kept waiting by other calls. It
 * begins with the lower quartile of the first 20 waits, since most of them may be of a burst. Then it follows the median
 * of each further 20: quickly down, and slowly up.
 *
 * The first content is judged, not the whole answer: a long answer takes long without any overload, while the first
 * content waits for whatever the model does before.
 */
export class UsualWait {
  #milliseconds: number | undefined;
  #learntAt = 0;
  #block: number[] = [];

  /**
   * The part of the calls at the model that it would have served in good time, judged by the wait of one of them: below
   * 1 when that was long, because a wait grows with the number of those who wait. `undefined` when nothing can be said:
   * too little is known of the model, or the wait ended too early to tell.
   */
  bearable({ milliseconds, givenMs, inVain }: Wait): number | undefined {
    const usual = this.#milliseconds ?? this.#provisional();
    if (usual === undefined) return undefined;
    const share = Math.max(givenMs * longShare, usual * usualFactor) / milliseconds;
    if (!inVain) return share;
    return share < 1 ? Math.min(mostInVain, (usual * usualFactor) / milliseconds) : undefined;
  }

  /** Learns from a wait that was not in vain. */
  learn(milliseconds: number): void {
    this.#block.push(milliseconds);
    if (this.#block.length < blockSize) return;
    const block = this.#block;
    this.#block = [];
    const now = performance.now();
    const passed = now - this.#learntAt;
    this.#learntAt = now;
    if (this.#milliseconds === undefined) {
      this.#milliseconds = quantile(block, 0.25);
    } else {
      const way = quantile(block, 0.5) - this.#milliseconds;
      this.#milliseconds += way * (way < 0 ? downShare : Math.min(1, passed / upMs));
    }
  }

  /** Begins anew: what it knew does not hold any more. */
  forget(): void {
    this.#milliseconds = undefined;
    this.#block = [];
  }

  #provisional(): number | undefined {
    return this.#block.length < fewest ? undefined : quantile(this.#block, 0.25);
  }
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Infinity;
}
