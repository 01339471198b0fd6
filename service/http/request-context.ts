import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { RequestLine } from '../contract/log-line.ts';
import type { Services } from '../services.ts';
import { redact } from '../telemetry/redaction.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Caller } from '../tokens/token-verifier.ts';
import type { ApiError } from './problem.ts';
import { beginRequestSpan, endRequestSpan } from './request-span.ts';

/** What a request's one log line says beyond route, status and duration. */
export type RequestSummary = Partial<
  Pick<
    RequestLine,
    | 'model'
    | 'mode'
    | 'variant'
    | 'degradation'
    | 'priority'
    | 'tokens'
    | 'input_tokens'
    | 'output_tokens'
    | 'cost_usd'
    | 'cache'
    | 'error'
    | 'incident'
  >
>;

/** What is done at the end of a request. @param left whether its client left before the answer was whole. */
export type RequestEnd = (request: FastifyRequest, reply: FastifyReply, left: boolean) => void;

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds what is done once for each request: when its answer is sent, or when its client left before. */
    onRequestEnd: (end: RequestEnd) => void;
  }
  interface FastifyContextConfig {
    /** Whether the route is one of probes and scrapers; `false` when absent. */
    probe?: boolean;
  }
  interface FastifyRequest {
    /** The span of this request: in the caller's trace, or in a new one. */
    trace: Trace;
    /** Set once the token is verified. */
    caller: Caller | undefined;
    summary: RequestSummary;
    /** Whether its answer was sent, or its client left. */
    hasEnded: boolean;
    /** What was answered in place of its own answer, because the rest of its body was no HTTP, or late. */
    refused: ApiError | undefined;
  }
}

const latest = new WeakMap<Socket, FastifyRequest>();

/** The request that came last on a connection, unless nothing is left of it: it came whole, and has ended. */
export function latestRequestOn(socket: Socket): FastifyRequest | undefined {
  return latest.get(socket);
}

/**
 * The caller's `X-Request-Id` when it is 1 to 128 of `[A-Za-z0-9._-]`, a new one otherwise. Also for what is a secret by
 * its looks: an ID goes into the log, into traces and to upstreams.
 */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  const valid = typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) && redact(given) === given;
  return valid ? given : randomUUID();
}

/** Gives each request its span and a place for what the log will say; echoes the request ID. */
export const requestContext = fastifyPlugin<Services>(async (app, { tracing }) => {
  const ends: RequestEnd[] = [];
  app.decorate('onRequestEnd', (end: RequestEnd) => void ends.push(end));
  const endOf: RequestEnd = (request, reply, left) => {
    if (request.hasEnded) return;
    request.hasEnded = true;
    for (const end of ends) end(request, reply, left);
    const { complete, socket } = request.raw;
    // An idle connection would keep it, and the body with it.
    if (complete && latest.get(socket) === request) latest.delete(socket);
  };
  app.decorateRequest('hasEnded', false);
  app.decorateRequest('refused', undefined);
  app.decorateRequest('caller', undefined);
  // Replaced per request in the hook below: an object here would be shared by all of them.
  app.decorateRequest('trace', null as unknown as Trace);
  app.decorateRequest('summary', null as unknown as RequestSummary);
  app.addHook('onRequest', async (request, reply) => {
    request.trace = beginRequestSpan(request, tracing);
    request.summary = {};
    latest.set(request.raw.socket, request);
    // No hook of Fastify's is told of a client that left before its answer was whole.
    reply.raw.once('close', () => {
      if (request.hasEnded) return;
      request.summary.error ??= request.refused?.type ?? 'client_closed';
      endOf(request, reply, true);
    });
    reply.header('X-Request-Id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    endOf(request, reply, false);
  });
  app.onRequestEnd((request, reply) => endRequestSpan(request, reply, tracing));
});
