import type { Canary } from './canary.ts';

/** What a guard found. */
export interface Finding {
  /** What was seen, in short. */
  readonly evidence: string;
  /** Why it does not hold; none when it does. */
  readonly reasons: readonly string[];
}

/** One condition of a promotion. */
export interface Guard {
  readonly name: string;
  /** @throws {UnansweredError} when it cannot be checked. */
  readonly check: (canary: Canary) => Promise<Finding>;
}
