import { SpanKind, SpanStatusCode, type Span } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parentIn, Trace } from '../telemetry/trace.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { ErrorType } from './problem.ts';

/** What fails by the service's fault, whatever the status: that of a stream is 200 before it fails. */
const ownFaults: ReadonlySet<string> = new Set<ErrorType>([
  'internal',
  'unavailable',
  'deadline',
  'draining',
  'keys_unavailable',
]);

const options = { kind: SpanKind.SERVER };

/** Begins the span of a request: in the caller's trace, or in a new one. */
export function beginRequestSpan(request: FastifyRequest, { tracer, silent }: Tracing): Trace {
  const { probe } = request.routeOptions.config;
  return Trace.begin(probe ? silent : tracer, nameOf(request), options, request.headers, request.id);
}

/**
 * Ends the span of a request with what its line in the log says. What the client did wrong is no error of a server.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
 */
export function endRequestSpan(request: FastifyRequest, reply: FastifyReply, tracing: Tracing): void {
  const { error } = request.summary;
  const failed = reply.statusCode >= 500 || (error !== undefined && ownFaults.has(error));
  const { span } = request.trace;
  const recorded = span.isRecording() ? span : lateSpan(request, reply, failed, tracing);
  if (recorded === undefined) return;
  describe(recorded, request, reply);
  if (failed) {
    recorded.setAttribute('error.type', error ?? String(reply.statusCode));
    recorded.setStatus({ code: SpanStatusCode.ERROR });
  }
  recorded.end();
}

/** The span of a request that sampling did not choose, if it is kept: when it failed or was slow, and is no probe's. */
function lateSpan(request: FastifyRequest, reply: FastifyReply, failed: boolean, { late }: Tracing): Span | undefined {
  if (late === undefined || request.routeOptions.config.probe) return undefined;
  const took = reply.elapsedTime;
  if (!failed && took < late.slowMs) return undefined;
  const { span } = request.trace;
  const startTime = Date.now() - took;
  return late.begin(span.spanContext(), nameOf(request), { ...options, startTime }, parentIn(request.headers));
}

function nameOf({ method, routeOptions: { url } }: FastifyRequest): string {
  return url === undefined ? method : `${method} ${url}`;
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span */
function describe(span: Span, request: FastifyRequest, reply: FastifyReply): void {
  const { summary } = request;
  span.setAttributes({
    'http.request.method': request.method,
    'http.route': request.routeOptions.url,
    'http.response.status_code': reply.raw.headersSent ? reply.statusCode : undefined,
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
    'ballast.error': summary.error,
    'ballast.incident': summary.incident,
  });
}
