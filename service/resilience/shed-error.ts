import type { ShedReason } from '../contract/metrics.ts';

const explanations: Readonly<Record<ShedReason, string>> = {
  probabilistic: 'some are refused before the limit is reached',
  queue_full: 'no place is free and the queue is full',
  displaced: 'one of a higher priority took its place in the queue',
  followers: 'too many wait for the answer to the same question',
};

/** A question was refused because of overload. */
export class ShedError extends Error {
  override readonly name = 'ShedError';
  readonly reason: ShedReason;
  /** Whole seconds after which to ask again. */
  readonly retryAfterSeconds: number;

  constructor(reason: ShedReason, retryAfterSeconds: number) {
    super(`too many questions at once: ${explanations[reason]}; ask again in ${retryAfterSeconds} s`);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
