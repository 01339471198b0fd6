import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastifyPlugin from 'fastify-plugin';
import type { Caller } from '../tokens/token-verifier.ts';

/** What a request's one log line says beyond route, status and duration. */
export interface RequestSummary {
  model?: string;
  mode?: string;
  variant?: string;
  degradation?: string;
  priority?: string;
  tokens?: number;
  cost_usd?: number;
  cache?: 'hit' | 'miss';
  error?: string;
  incident?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace ID: the caller's, or a new one. */
    traceId: string;
    /** Set once the token is verified. */
    caller: Caller | undefined;
    summary: RequestSummary;
  }
}

/** The caller's `X-Request-Id` when it is 1 to 128 of `[A-Za-z0-9._-]`, a new one otherwise. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}

/** The trace ID of a valid `traceparent` (W3C Trace Context, version 00), a new one otherwise. */
export function traceIdOf(traceparent: string | undefined): string {
  const match = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent ?? '');
  return match?.[1] ?? randomBytes(16).toString('hex');
}

/** Gives each request its trace ID and a place for what the log will say; echoes the request ID. */
export const requestContext = fastifyPlugin(async (app) => {
  app.decorateRequest('traceId', '');
  app.decorateRequest('caller', undefined);
  // Replaced per request in the hook below: an object here would be shared by all of them.
  app.decorateRequest('summary', null as unknown as RequestSummary);
  app.addHook('onRequest', async (request, reply) => {
    const { traceparent } = request.headers;
    request.traceId = traceIdOf(typeof traceparent === 'string' ? traceparent : undefined);
    request.summary = {};
    reply.header('X-Request-Id', request.id);
  });
});
