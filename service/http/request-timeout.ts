import type { FastifyRequest } from 'fastify';
import { milliseconds } from '../milliseconds.ts';
import { ApiError } from './problem.ts';

/** The time that a request has. */
export interface RequestTimeout {
  readonly milliseconds: number;
  /** Whether the client asked for less than the configured time. */
  readonly shortened: boolean;
}

/** Whether the client asked for less than the configured time. */
export function shortensTime({ headers }: FastifyRequest, configuredSeconds: number): boolean {
  const header = headers['request-timeout-secs'];
  return header !== undefined && Number(header) < configuredSeconds;
}

/**
 * The configured time, or less when the header `Request-Timeout-Secs` asks for less.
 *
 * @throws {ApiError} 400 when the header is no number above 0.
 */
export function timeoutOf({ headers }: FastifyRequest, configuredSeconds: number): RequestTimeout {
  const header = headers['request-timeout-secs'];
  if (header === undefined) return { milliseconds: milliseconds(configuredSeconds), shortened: false };
  const seconds = Number(header);
  if (typeof header !== 'string' || !/^\d+(\.\d+)?$/.test(header) || seconds <= 0) {
    const detail = 'the header Request-Timeout-Secs must be a number above 0';
    throw new ApiError(400, 'bad_request', 'Invalid request', detail);
  }
  return {
    milliseconds: milliseconds(Math.min(seconds, configuredSeconds)),
    shortened: seconds < configuredSeconds,
  };
}
