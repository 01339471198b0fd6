import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { routes } from '../contract/http.ts';
import { queryRequest, queryResponse } from '../contract/schemas.ts';
import { milliseconds } from '../milliseconds.ts';
import type { Services } from '../services.ts';
import { callerOf } from './auth.ts';
import { documented, endpoints } from './endpoint.ts';
import { ApiError } from './problem.ts';

/** `POST /query`: a question in, an answer with citations out. */
export const query: FastifyPluginAsyncZod<Services> = async (app, { ask, config }) => {
  for (const endpoint of endpoints(routes.query)) {
    app.route({
      ...endpoint,
      schema: documented(routes.query, { body: queryRequest, response: { 200: queryResponse } }),
      handler: async (request) => {
        const { mode, priority } = request.body;
        request.summary.mode = mode;
        request.summary.priority = priority;
        const timeout = timeoutOf(request.headers['request-timeout-secs'], config.REQUEST_TIMEOUT_SECS);
        const answer = await ask({ tenant: callerOf(request).tenant, request: request.body, timeout });
        request.summary.model = answer.model;
        request.summary.tokens = answer.tokens.input + answer.tokens.output;
        request.summary.cost_usd = answer.cost_usd;
        request.summary.cache = answer.cached ? 'hit' : 'miss';
        return { ...answer, request_id: request.id, trace_id: request.traceId };
      },
    });
  }
};

/** Milliseconds for the answer: the configured time, or less when the client asks for less. */
function timeoutOf(header: string | string[] | undefined, configuredSeconds: number): number {
  if (header === undefined) return milliseconds(configuredSeconds);
  const seconds = Number(header);
  if (typeof header !== 'string' || !/^\d+(\.\d+)?$/.test(header) || seconds <= 0) {
    throw new ApiError(
      400,
      'bad_request',
      'Invalid request',
      'the header Request-Timeout-Secs must be a number above 0',
    );
  }
  return milliseconds(Math.min(seconds, configuredSeconds));
}
