/** A tenant may spend no more for now. The message says why, and is for the client. */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError';
  /** Whole seconds: 1 when only other reservations stand in the way, else until midnight, UTC. */
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
