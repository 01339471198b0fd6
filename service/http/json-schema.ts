import type { preHandlerAsyncHookHandler } from 'fastify';
import type { Services } from '../services.ts';
import { ApiError } from './problem.ts';

/** Refuses a question whose JSON Schema cannot be used, with each problem and where it is. */
export function checkSchema({ validator }: Pick<Services, 'validator'>): preHandlerAsyncHookHandler {
  return async (request) => {
    const { schema } = request.body as { schema?: unknown };
    if (schema === undefined) return;
    const problems = await validator.check(schema);
    if (problems.length === 0) return;
    const errors = problems.map(({ pointer, message }) => ({ field: `schema${pointer}`, message }));
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw new ApiError(400, 'bad_request', 'Invalid request', detail, { errors });
  };
}
