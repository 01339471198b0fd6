import fastifyPlugin from 'fastify-plugin';
import type { Services } from '../services.ts';
import { isProbe } from './request-context.ts';

/**
 * One line a request, when its answer is sent. Health and metrics requests are logged at debug, since probes would
 * otherwise be most of the log; what they find is logged where it is found. Neither headers nor bodies are ever logged.
 */
export const requestLog = fastifyPlugin<Services>(async (app, { log }) => {
  app.addHook('onResponse', async (request, reply) => {
    const { url } = request.routeOptions;
    const route = url ?? 'unknown';
    const level = isProbe(route) ? 'debug' : reply.statusCode >= 500 ? 'error' : 'info';
    log[level](
      {
        request_id: request.id,
        trace_id: request.trace.id,
        tenant: request.caller?.tenant,
        method: request.method,
        route,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
        ...request.summary,
      },
      'request',
    );
  });
});
