import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { requestLimits } from '../contract/http.ts';
import type { Services } from '../services.ts';
import { problemOf, transportError, type ApiError } from './problem.ts';
import { latestRequestOn } from './request-context.ts';
import { logRequest } from './request-log.ts';

/** What Node's HTTP parser refuses before there is a request: status and sentence. */
const refusals: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, `the headers are larger than ${requestLimits.headerBytes} bytes in all`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
};

/**
 * Answers a connection on which no request could be read, as problem details; then closes it. Closes it only, where an
 * earlier request is being answered: the client would take what comes now for that answer, or for a part of it.
 */
export function clientErrorHandler(services: Pick<Services, 'metrics' | 'log'>) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    // The client left, in the second case in the middle of a body: the request's own handler sees that too.
    if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const latest = latestRequestOn(socket);
    const within = latest && !latest.raw.complete ? latest : undefined;
    // The rest of a body whose request has its answer, and its line in the log.
    if (within?.hasEnded) {
      socket.destroy();
      return;
    }
    const [status, detail] = refusals[error.code ?? ''] ?? [400, 'this is not a valid HTTP/1.1 request'];
    const refusal = refusalOf(status, detail);
    const requestId = within?.id ?? randomUUID();
    // In the middle of a body it is that request which is refused: it is counted, and has a line of its own.
    if (within) within.refused = refusal;
    else noteRefusal(services, refusal, { request_id: requestId });
    if (latest?.server.connections.isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const body = JSON.stringify(problemOf(refusal, requestId));
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'Content-Type: application/problem+json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        `X-Request-Id: ${requestId}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  };
}

/** Answers what the router refuses before any hook runs, such as bad percent-encoding, as problem details. */
export function routerErrorHandler(services: Pick<Services, 'metrics' | 'log'>) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const status = error.statusCode === 414 ? 414 : 400;
    const detail = status === 414 ? 'a part of the path is too long' : 'the path is not valid percent-encoding';
    const refusal = refusalOf(status, detail);
    noteRefusal(services, refusal, { request_id: request.id, method: request.method });
    reply
      .code(status)
      .header('Content-Type', 'application/problem+json')
      .header('X-Request-Id', request.id)
      .serializer(JSON.stringify)
      .send(problemOf(refusal, request.id));
  };
}

function refusalOf(status: number, detail: string): ApiError {
  const refusal = transportError(status, detail);
  if (!refusal) throw new Error(`no problem details for ${status}`);
  return refusal;
}

/** Counts and logs what no hook sees. */
function noteRefusal(
  { metrics, log }: Pick<Services, 'metrics' | 'log'>,
  { status, type }: ApiError,
  known: { request_id: string; method?: string },
): void {
  metrics.rag_errors_total.labels({ type }).inc();
  logRequest(log, { ...known, route: 'unknown', status, error: type });
}
