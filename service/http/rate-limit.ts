import type { preHandlerAsyncHookHandler } from 'fastify';
import type { Services } from '../services.ts';
import { callerOf } from './auth.ts';
import { ApiError } from './problem.ts';

/**
 * Limits requests by tenant and subject, once they are known to be valid and before anything is done for them. Answers
 * from the cache count; refusals do not.
 */
export function limitRate({ rateLimiter }: Pick<Services, 'rateLimiter'>): preHandlerAsyncHookHandler {
  return async (request) => {
    const { tenant, subject } = callerOf(request);
    const verdict = await rateLimiter.take(`${tenant}\u0000${subject}`);
    if (verdict.allowed) return;
    const retryAfter = verdict.retryAfterSeconds;
    const detail = `more requests in a minute than allowed; ask again in ${retryAfter} s`;
    throw new ApiError(429, 'rate_limited', 'Rate limit exceeded', detail, { retryAfter });
  };
}
