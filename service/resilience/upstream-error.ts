/**
 * What an upstream did wrong.
 *
 * - `connection`: refused, reset or closed before an answer; DNS or TLS trouble.
 * - `timeout`: no answer, or no more of it, in the time that we gave it.
 * - `server`: 5xx.
 * - `credentials`: 401 or 403, so that no call will do until someone acts; `quota`: paid quota used up.
 * - `rate_limited`: 429; see `retryAfterSeconds`.
 * - `cut`: an answer that ended in the middle.
 * - `malformed`: a 200 that is no answer: not JSON, wrong shape, an error event, empty `choices`.
 * - `rejected`: any other 4xx: this request is at fault, not the upstream.
 */
export type UpstreamFault =
  'connection' | 'timeout' | 'server' | 'credentials' | 'quota' | 'rate_limited' | 'cut' | 'malformed' | 'rejected';

/** What is known of an upstream's error beyond its kind. */
export interface UpstreamErrorDetails {
  readonly status?: number;
  /** The `Retry-After` that it sent, in seconds. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An upstream failed. The message names the upstream and what it did, and holds nothing that it sent. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** Name of the upstream: a model's, or a dependency's. */
  readonly upstream: string;
  readonly fault: UpstreamFault;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(upstream: string, fault: UpstreamFault, message: string, details: UpstreamErrorDetails = {}) {
    super(`${upstream}: ${message}`, details.cause === undefined ? {} : { cause: details.cause });
    this.upstream = upstream;
    this.fault = fault;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
