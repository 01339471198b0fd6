import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { RequestLine } from '../contract/log-line.ts';
import type { Services } from '../services.ts';
import type { Logger } from '../telemetry/logger.ts';

/** What the one line of a request says of itself; the log adds the rest. */
type RequestFields = Omit<RequestLine, 'time' | 'level' | 'service' | 'version' | 'msg'>;

/**
 * One line a request, when its answer is sent, or when the client has left. Health and metrics requests are logged at
 * debug, since probes would otherwise be most of the log; what they find is logged where it is found. Neither headers nor
 * bodies are ever logged.
 */
export const requestLog = fastifyPlugin<Services>(async (app, { log }) => {
  app.onRequestEnd((request, reply, left) => {
    const fields = {
      request_id: request.id,
      trace_id: request.trace.id,
      ...callerFields(request),
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: request.refused?.status ?? (left ? 499 : reply.statusCode),
      duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
      ...request.summary,
    };
    logRequest(log, fields, request.routeOptions.config.probe);
  });
});

/** Writes the one line of a request. @param probe whether it came from a probe or a scraper. */
export function logRequest(log: Logger, fields: RequestFields, probe = false): void {
  const level = probe ? 'debug' : fields.status >= 500 ? 'error' : 'info';
  log[level](fields, 'request');
}

function callerFields({ caller }: FastifyRequest): Pick<RequestFields, 'tenant'> {
  return caller ? { tenant: caller.tenant } : {};
}
