/** Length of the window, in milliseconds. */
export const windowMs = 60_000;

/** Uses are told apart by this many milliseconds. */
export const resolutionMs = 10;

/**
 * When a thing was used in the last 60 s. The time of a use is rounded up to {@link resolutionMs}, so that it counts for
 * at least 60 s and at most 10 ms longer, and so that a log holds 6,001 numbers at most, however much it counts.
 */
export class WindowLog {
  /** When the uses of each time leave the window, in order, and how many they are. Those before the head have left. */
  readonly #leaving: number[] = [];
  readonly #uses: number[] = [];
  #head = 0;
  #count = 0;

  /**
   * Uses in the window.
   *
   * @param now milliseconds of a clock that never goes back, here and below.
   */
  count(now: number): number {
    while (this.#head < this.#leaving.length && (this.#leaving[this.#head] ?? 0) <= now) {
      this.#count -= this.#uses[this.#head] ?? 0;
      this.#head += 1;
    }
    if (this.#head * 2 > this.#leaving.length) {
      this.#leaving.splice(0, this.#head);
      this.#uses.splice(0, this.#head);
      this.#head = 0;
    }
    return this.#count;
  }

  /** Notes a use. */
  add(now: number): void {
    const leaves = Math.ceil(now / resolutionMs) * resolutionMs + windowMs;
    const last = this.#leaving.length - 1;
    if (this.#leaving[last] === leaves) {
      this.#uses[last] = (this.#uses[last] ?? 0) + 1;
    } else {
      this.#leaving.push(leaves);
      this.#uses.push(1);
    }
    this.#count += 1;
  }

  /** Milliseconds until the oldest use leaves; 0 when there is none. */
  untilOldestLeaves(now: number): number {
    return Math.max(0, (this.#leaving[this.#head] ?? now) - now);
  }
}
