import { SpanStatusCode } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorType } from './problem.ts';

/** What fails by the service's fault, whatever the status: that of a stream is 200 before it fails. */
const ownFaults: ReadonlySet<string> = new Set<ErrorType>([
  'internal',
  'unavailable',
  'deadline',
  'draining',
  'keys_unavailable',
]);

/**
 * Ends the span of a request with what its line in the log says. What the client did wrong is no error of a server.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
 */
export function endRequestSpan(request: FastifyRequest, reply: FastifyReply): void {
  const { trace, summary } = request;
  const { span } = trace;
  if (span.isRecording()) {
    const { error } = summary;
    if (reply.raw.headersSent) span.setAttribute('http.response.status_code', reply.statusCode);
    span.setAttributes({
      'ballast.request_id': request.id,
      'ballast.tenant': request.caller?.tenant,
      'ballast.model': summary.model,
      'ballast.mode': summary.mode,
      'ballast.variant': summary.variant,
      'ballast.priority': summary.priority,
      'ballast.cache': summary.cache,
      'ballast.degradation': summary.degradation,
      'ballast.tokens': summary.tokens,
      'ballast.cost_usd': summary.cost_usd,
      'ballast.error': error,
      'ballast.incident': summary.incident,
    });
    if (reply.statusCode >= 500 || (error !== undefined && ownFaults.has(error))) {
      span.setAttribute('error.type', error ?? String(reply.statusCode));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  }
  span.end();
}
