/** The client left before its answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
  override readonly message = 'the client left before its answer';
}

/** Nothing can answer: no model, and nothing stored or found in its place. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  /** Seconds after which a model may be back. */
  readonly retryAfterSeconds: number;

  constructor(what: string, retryAfterSeconds: number, cause?: unknown) {
    super(what, { cause });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
