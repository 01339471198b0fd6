import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import fastifyPlugin from 'fastify-plugin';
import type { Services } from '../services.ts';
import { Trace } from '../telemetry/trace.ts';
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
    /** The span of this request: in the caller's trace, or in a new one. */
    trace: Trace;
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

/** Whether a route is asked again and again by probes and scrapers, so that it is neither traced nor logged as others. */
export function isProbe(route: string): boolean {
  return route.startsWith('/health') || route === '/ready' || route === '/metrics';
}

/** Gives each request its span and a place for what the log will say; echoes the request ID. */
export const requestContext = fastifyPlugin<Services>(async (app, { tracing }) => {
  app.decorateRequest('caller', undefined);
  // Replaced per request in the hook below: an object here would be shared by all of them.
  app.decorateRequest('trace', null as unknown as Trace);
  app.decorateRequest('summary', null as unknown as RequestSummary);
  app.addHook('onRequest', async (request, reply) => {
    const { url: route } = request.routeOptions;
    // https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
    request.trace = Trace.begin(
      route !== undefined && isProbe(route) ? tracing.silent : tracing.tracer,
      route === undefined ? request.method : `${request.method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, ...(route === undefined ? {} : { 'http.route': route }) },
      },
      request.headers,
      request.id,
    );
    request.summary = {};
    reply.header('X-Request-Id', request.id);
  });
  app.addHook('onResponse', async ({ trace }, { statusCode }) => {
    trace.span.setAttribute('http.response.status_code', statusCode);
    trace.span.end();
  });
});
