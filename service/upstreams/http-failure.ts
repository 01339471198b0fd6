import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';

/** Codes of undici and Node for an upstream that was given its time and did not use it. */
const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Codes of undici for bytes that are not HTTP. Those of its parser start with `HPE_`. */
const notHttp = new Set(['UND_ERR_HEADERS_OVERFLOW']);

/**
 * What an error of undici says about the upstream.
 *
 * Only the error's code is kept: its parser's errors hold what the upstream sent.
 *
 * @param lost what a lost connection means: `connection` before the answer began, `cut` within it.
 * @returns the error itself when it is none of undici's or the network's.
 */
export function transportFailure(upstream: string, error: unknown, lost: 'connection' | 'cut'): unknown {
  if (error instanceof UpstreamError || !(error instanceof Error) || !('code' in error)) return error;
  const { code } = error;
  if (typeof code !== 'string' || code.startsWith('UND_ERR_INVALID')) return error;
  if (timeouts.has(code)) return new UpstreamError(upstream, 'timeout', `did not answer in time (${code})`);
  if (notHttp.has(code) || code.startsWith('HPE_')) {
    return new UpstreamError(upstream, 'malformed', `sent what is not HTTP (${code})`);
  }
  const what = lost === 'cut' ? 'the connection was lost in the middle of the answer' : 'no connection';
  return new UpstreamError(upstream, lost, `${what} (${code})`);
}

/** What a status outside 200 to 299 says about the upstream. */
export function faultOfStatus(status: number): UpstreamFault {
  switch (status) {
    case 401:
    case 403:
      return 'credentials';
    // Payment Required: what providers with prepaid accounts answer when nothing is left.
    case 402:
      return 'quota';
    // LiteLLM answers Request Timeout when the provider behind it gave nothing in time.
    case 408:
      return 'timeout';
    case 429:
      return 'rate_limited';
    default:
      if (status >= 500) return 'server';
      return status >= 400 ? 'rejected' : 'malformed';
  }
}

/** Codes and types of an error object, as OpenAI and LiteLLM document them, that mean more than a refusal. */
const faultsByCode = new Map<unknown, 'credentials' | 'quota' | 'rate_limited'>([
  // What LiteLLM without a database answers to a wrong key, with status 400 (BerriAI/litellm issue 12273).
  ['no_db_connection', 'credentials'],
  ['insufficient_quota', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['budget_exceeded', 'quota'],
  ['rate_limit_exceeded', 'rate_limited'],
  ['rate_limit_error', 'rate_limited'],
  ['429', 'rate_limited'],
  [429, 'rate_limited'],
]);

/**
 * The fault that the error object of a provider names.
 *
 * @param error the object under `error`: its `code` and `type` are read, never its `message`.
 */
export function faultOfErrorObject(error: unknown): 'credentials' | 'quota' | 'rate_limited' | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, type } = error as { code?: unknown; type?: unknown };
  const faults = [faultsByCode.get(code), faultsByCode.get(type)];
  return faults.includes('quota') ? 'quota' : (faults[0] ?? faults[1]);
}

/**
 * Seconds to wait as a `Retry-After` header says (RFC 9110, 10.2.3: seconds, or a date).
 *
 * @param now milliseconds since 1970.
 * @returns 0 for a date that has passed; `undefined` when there is no header, or none that can be read.
 */
export function retryAfterSeconds(header: string | string[] | undefined, now: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  // A date begins with the name of a day; Date.parse alone would take much else, such as "-1".
  const date = /^[A-Z][a-z]+, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
