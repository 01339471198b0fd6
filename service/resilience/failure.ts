import { UpstreamError, type UpstreamFault } from './upstream-error.ts';
import { DeadlineError } from './deadline.ts';

/** What is known of a call that failed, beyond its error. */
export interface CallCircumstances {
  /** Whether the caller gave the call less time than we do by default. */
  readonly deadlineShortened: boolean;
  /** Whether a 429 came although the time that the last one asked for had been waited: what `Hold.note` says. */
  readonly holdIgnored: boolean;
}

interface Verdict {
  readonly outcome: 'failure' | 'ignored';
  readonly retryable: boolean;
}

/** By fault: what it is to the breaker when nothing excuses it, and whether the same call may do the next time. */
const verdicts: Readonly<Record<UpstreamFault, Verdict>> = {
  connection: { outcome: 'failure', retryable: true },
  timeout: { outcome: 'failure', retryable: true },
  server: { outcome: 'failure', retryable: true },
  credentials: { outcome: 'failure', retryable: false },
  quota: { outcome: 'failure', retryable: false },
  rate_limited: { outcome: 'failure', retryable: true },
  cut: { outcome: 'failure', retryable: true },
  malformed: { outcome: 'failure', retryable: true },
  rejected: { outcome: 'ignored', retryable: false },
};

/**
 * What a failed call is to the upstream's breaker.
 *
 * Ignored is what says nothing about the upstream: the caller's own fault, a client that left, a service that stops, a
 * deadline that the caller shortened, a 429 that no hold came before, and any error that is not an upstream's.
 */
export function outcomeOf(
  error: unknown,
  { deadlineShortened, holdIgnored }: CallCircumstances,
): 'failure' | 'ignored' {
  const fault = error instanceof DeadlineError ? 'timeout' : faultOf(error);
  if (fault === undefined) return 'ignored';
  if (fault === 'timeout' && deadlineShortened) return 'ignored';
  if (fault === 'rate_limited' && !holdIgnored) return 'ignored';
  return verdicts[fault].outcome;
}

/** Whether the same call to the same upstream may do the next time. */
export function isRetryable(error: unknown): boolean {
  const fault = faultOf(error);
  return fault !== undefined && verdicts[fault].retryable;
}

/** Whether another model may do what this one did not: not when the request itself is at fault, or over. */
export function mayAskAnother(error: unknown): boolean {
  const fault = faultOf(error);
  return fault !== undefined && fault !== 'rejected';
}

function faultOf(error: unknown): UpstreamFault | undefined {
  return error instanceof UpstreamError ? error.fault : undefined;
}
