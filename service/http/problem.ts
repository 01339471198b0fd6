import { STATUS_CODES } from 'node:http';
import type { errorTypes } from '../contract/metrics.ts';
import type { Problem } from '../contract/schemas.ts';
import { redact } from '../telemetry/redaction.ts';

/** Kind of an error as metrics count it. */
export type ErrorType = (typeof errorTypes)[number];

/** Details beyond status and sentence. */
export interface ProblemDetails {
  /** Seconds after which to ask again. */
  readonly retryAfter?: number;
  /** Each thing that is wrong with the request. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** Extra response headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that the client is meant to read. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly type: ErrorType;
  /** Short name of the problem, the same for each occurrence. */
  readonly title: string;
  readonly details: ProblemDetails;

  constructor(status: number, type: ErrorType, title: string, detail: string, details: ProblemDetails = {}) {
    super(detail);
    this.status = status;
    this.type = type;
    this.title = title;
    this.details = details;
  }
}

/** The problem details (RFC 9457) of an error. Holds neither a stack trace nor a secret, not even the client's own. */
export function problemOf(error: ApiError, requestId: string): Problem {
  const { retryAfter, errors } = error.details;
  return {
    type: 'about:blank',
    title: error.title,
    status: error.status,
    detail: redact(error.message),
    error: error.title,
    request_id: requestId,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(errors === undefined ? {} : { errors: errors.map(redactIssue) }),
  };
}

function redactIssue({ field, message }: { field: string; message: string }) {
  return { field: redact(field), message: redact(message) };
}

/** What the HTTP layer itself refuses, by status. */
const transportErrors: Readonly<Record<number, readonly [ErrorType, string]>> = {
  400: ['bad_request', 'Invalid request'],
  404: ['not_found', 'Not found'],
  408: ['request_timeout', 'Request timeout'],
  413: ['payload_too_large', 'Body too large'],
  414: ['uri_too_long', 'URL too long'],
  415: ['unsupported_media_type', 'Unsupported content type'],
  431: ['headers_too_large', 'Headers too large'],
  503: ['draining', 'Service stopping'],
};

/** An error of the HTTP layer, by its status; `undefined` for one that is not a client's. */
export function transportError(status: number, detail: string): ApiError | undefined {
  const known = transportErrors[status];
  if (known) return new ApiError(status, known[0], known[1], detail);
  if (status < 400 || status > 499) return undefined;
  return new ApiError(status, 'bad_request', STATUS_CODES[status] ?? 'Invalid request', detail);
}
