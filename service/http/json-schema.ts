import type { preHandlerAsyncHookHandler } from 'fastify';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { withDeadline } from '../resilience/deadline.ts';
import type { Services } from '../services.ts';
import { callerOf } from './auth.ts';
import { ApiError } from './problem.ts';
import { timeoutOf } from './request-timeout.ts';

/** Schemas of one tenant that are checked at once, at most, so that none keeps the others from the one worker. */
const maxChecksOfTenant = 20;

/**
 * Refuses a question whose JSON Schema cannot be used, with each problem and where it is; and a timeout that is none.
 * The check is part of the request's time.
 */
export function checkSchema({ validator, config }: Pick<Services, 'validator' | 'config'>): preHandlerAsyncHookHandler {
  const running = new Map<string, number>();
  return async (request, reply) => {
    const timeout = timeoutOf(request, config.REQUEST_TIMEOUT_SECS);
    const { schema } = request.body as { schema?: unknown };
    if (schema === undefined) return;
    const { tenant } = callerOf(request);
    const before = running.get(tenant) ?? 0;
    if (before >= maxChecksOfTenant) throw new SchemaValidatorBusyError();
    running.set(tenant, before + 1);
    try {
      const left = Math.max(1, timeout.milliseconds - reply.elapsedTime);
      const problems = await withDeadline(left, () => validator.check(schema));
      if (problems.length === 0) return;
      const errors = problems.map(({ pointer, message }) => ({ field: `schema${pointer}`, message }));
      const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
      throw new ApiError(400, 'bad_request', 'Invalid request', detail, { errors });
    } finally {
      const after = (running.get(tenant) ?? 1) - 1;
      if (after === 0) running.delete(tenant);
      else running.set(tenant, after);
    }
  };
}
