import type { Gauge } from 'prom-client';

/** A gauge of one label with values from elsewhere. Its series are replaced as a whole, so that they stay few. */
export class BoundedGauge {
  readonly #family: Gauge;
  readonly #label: string;
  readonly #limit: number;

  /** A gauge of this label, with at most `limit` series. It has none at first. */
  constructor(family: Gauge, label: string, limit: number) {
    this.#family = family;
    this.#label = label;
    this.#limit = limit;
  }

  /**
   * Replaces all series: one for each value of the label, with its number.
   *
   * @throws {RangeError} when they are more than the contract allows; then nothing changes.
   */
  replace(series: ReadonlyMap<string, number>): void {
    if (series.size > this.#limit) {
      throw new RangeError(`${series.size} values of ${this.#label}: at most ${this.#limit} are allowed`);
    }
    this.#family.reset();
    for (const [value, number] of series) this.#family.set({ [this.#label]: value }, number);
  }
}
