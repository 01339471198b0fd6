import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { requestLimits } from '../contract/http.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { BudgetExceededError } from '../limits/tenant-budget.ts';
import { ClientGoneError, UnavailableError } from '../pipeline/errors.ts';
import { DrainingError } from '../resilience/lifecycle.ts';
import { ShedError } from '../resilience/shed-error.ts';
import { TooManyPassagesError } from '../upstreams/document-store.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { Services } from '../services.ts';
import { upstreamErrorIn } from '../telemetry/error-signature.ts';
import type { IncidentKind } from '../telemetry/incidents.ts';
import { withoutInput } from '../telemetry/without-input.ts';
import { ApiError, problemOf, transportError } from './problem.ts';
import { shortensTime } from './request-timeout.ts';

/**
 * Answers every error as problem details, and counts the requests that ended in one. What is our fault becomes an
 * incident.
 */
export const errors = fastifyPlugin<Services>(async (app, services) => {
  // Here, not where the error is met: a client may leave before there is one, or in the middle of it.
  app.onRequestEnd(({ summary: { error } }) => {
    if (error !== undefined) services.metrics.rag_errors_total.labels({ type: error }).inc();
  });

  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    // Code that is not ours may throw anything, a string or nothing at all.
    const error = (thrown as unknown) instanceof Error ? thrown : new Error(String(thrown));
    send(request, reply, apiErrorOf(error, request, services));
  });

  app.setNotFoundHandler((request, reply) => {
    const error = new ApiError(404, 'not_found', 'Not found', `there is no ${request.method} ${pathOf(request.url)}`);
    send(request, reply, apiErrorOf(error, request, services));
  });
});

/** Decoded, so that a secret in it is known as one; as it is where it cannot be decoded. */
function pathOf(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function send(request: FastifyRequest, reply: FastifyReply, error: ApiError): void {
  if (error.details.retryAfter !== undefined) reply.header('Retry-After', error.details.retryAfter);
  if (error.details.headers) reply.headers(error.details.headers);
  reply
    .code(error.status)
    .header('Content-Type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(error, request.id));
}

/** What the client is told of an error, noted for the log and the count. What is our fault becomes an incident. */
export function apiErrorOf(error: Error, request: FastifyRequest, services: Services): ApiError {
  const known = toApiError(error as FastifyError, request);
  if (known !== undefined && isOurFailure(error, request, services)) recordIncident('failed', error, request, services);
  const apiError = known ?? unexpected(error, request, services);
  request.summary.error = apiError.type;
  return apiError;
}

function unexpected(error: Error, request: FastifyRequest, services: Services): ApiError {
  const { body, query, params } = request;
  recordIncident('unexpected', withoutInput(error, [body, query, params]), request, services);
  return new ApiError(
    500,
    'internal',
    'Internal error',
    'something went wrong here; the request ID finds it in the logs',
  );
}

/**
 * Whether a client who did nothing wrong was failed: what its question needs is away, or took too long.
 *
 * Not when the service stops or is overloaded, as it is meant to, nor when the client itself shortened the time, nor when
 * an upstream refused what the client sent, as a provider's content filter does. And not while the keys for tokens are
 * missing, since anybody who sends a token would make that incident; what fetches them logs it.
 */
function isOurFailure(error: Error, request: FastifyRequest, { config }: Services): boolean {
  if (error instanceof DeadlineError) return !shortensTime(request, config.REQUEST_TIMEOUT_SECS);
  return (error instanceof UnavailableError || error instanceof UpstreamError) && !isRejected(error);
}

/** Whether an upstream answered that the request is at fault. Without an answer it was us who found something wrong. */
function isRejected(error: Error): boolean {
  const upstream = upstreamErrorIn(error);
  return upstream?.fault === 'rejected' && upstream.status !== undefined;
}

function recordIncident(kind: IncidentKind, error: Error, request: FastifyRequest, { incidents }: Services): void {
  const route = request.routeOptions.url ?? 'unknown';
  const place = { kind, route, requestId: request.id, span: request.trace.span.spanContext() };
  request.summary.incident = incidents.record(error, place, request.log).fingerprint;
}

/** What Node says of a request whose client went away, or broke HTTP, before its body was whole. */
function isClientGone(error: FastifyError): boolean {
  return error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE' || /^HPE_/.test(error.code);
}

function toApiError(error: FastifyError, request: FastifyRequest): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationError(error.validation, error.validationContext);
  if (request.raw.destroyed && !request.raw.complete && isClientGone(error)) {
    if (request.refused) return request.refused;
    // Nobody reads it; 499 is what proxies log of such a request.
    return new ApiError(499, 'client_closed', 'Client closed request', 'the client left before its request was whole');
  }
  const refused = refusalOf(error);
  if (refused) return refused;
  // Only Fastify's own errors: the status in another one is an upstream's, and neither is the client's to see.
  const own = typeof error.code === 'string' && error.code.startsWith('FST_');
  return own && error.statusCode !== undefined ? transportError(error.statusCode, detailOf(error, request)) : undefined;
}

/** What the service itself refuses or cannot do, as the client is told. */
function refusalOf(error: Error): ApiError | undefined {
  const { message } = error;
  if (error instanceof DeadlineError) {
    return new ApiError(504, 'deadline', 'Deadline exceeded', message, { retryAfter: 1 });
  }
  if (error instanceof DrainingError) {
    return new ApiError(503, 'draining', 'Service stopping', message, { retryAfter: 1 });
  }
  if (error instanceof UnavailableError) {
    return new ApiError(503, 'unavailable', 'Unavailable', message, { retryAfter: error.retryAfterSeconds });
  }
  if (error instanceof UpstreamError) {
    const retryAfter = Math.max(1, Math.ceil(error.retryAfterSeconds ?? 1));
    return new ApiError(503, 'unavailable', 'Unavailable', `an upstream failed: ${message}`, { retryAfter });
  }
  if (error instanceof ShedError) {
    return new ApiError(429, 'shed', 'Too many requests', message, { retryAfter: error.retryAfterSeconds });
  }
  if (error instanceof BudgetExceededError) {
    return new ApiError(429, 'budget', 'Budget exceeded', message, { retryAfter: error.retryAfterSeconds });
  }
  if (error instanceof SchemaValidatorBusyError) {
    return new ApiError(429, 'shed', 'Too many requests', message, { retryAfter: 1 });
  }
  if (error instanceof ClientGoneError) return new ApiError(499, 'client_closed', 'Client closed request', message);
  if (error instanceof TooManyPassagesError) return new ApiError(400, 'bad_request', 'Document too long', message);
  if (error instanceof PromptTooLongError) return new ApiError(400, 'bad_request', 'Prompt too long', message);
  return undefined;
}

interface Issue {
  readonly instancePath: string;
  readonly message?: string | undefined;
}

/** Problems that one answer lists at most: a request can have tens of thousands. */
const maxErrors = 20;

function validationError(issues: readonly Issue[], context: string | undefined): ApiError {
  const errors = issues.slice(0, maxErrors).map(({ instancePath, message }) => ({
    field: instancePath.replace(/^\//, '').replaceAll('/', '.') || (context ?? 'body'),
    message: message ?? 'is not allowed',
  }));
  const more = issues.length > maxErrors ? `; and ${issues.length - maxErrors} more` : '';
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ') + more;
  return new ApiError(400, 'bad_request', 'Invalid request', detail, { errors });
}

/** Fastify's own messages, where they do not say what is allowed. */
function detailOf(error: FastifyError, request: FastifyRequest): string {
  if (error.statusCode === 413) return `the body is larger than ${requestLimits.bodyBytes} bytes`;
  // The compression plugin has 415 too, for a Content-Encoding that it does not know.
  if (error.code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return error.message;
  return `the body must be sent as application/json, not as ${request.headers['content-type'] ?? 'nothing'}`;
}
