import { UpstreamError } from './upstream-error.ts';

/** A call was not tried, because the upstream's breaker is open. */
export class BreakerOpenError extends UpstreamError {
  constructor(upstream: string, retryAfterMs: number) {
    super(upstream, 'connection', 'its breaker is open', { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) });
  }
}
