import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Access } from '../contract/http.ts';
import type { Services } from '../services.ts';
import { ApiError } from './problem.ts';
import { KeysUnavailableError, TokenError, type Caller } from '../tokens/token-verifier.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. A route without it needs a token. */
    access?: Access;
    /** Where else than in the Authorization header a browser may carry its token. */
    tokenOf?: (request: FastifyRequest) => string | undefined;
  }
}

/** Lets a request in only with a token that its route accepts, before its body is read. */
export const auth = fastifyPlugin<Services>(async (app, { tokens }) => {
  app.addHook('onRequest', async (request) => {
    const { access = 'token', tokenOf } = request.routeOptions.config;
    if (access === 'public' || request.is404) return;
    const token = bearerOf(request) ?? tokenOf?.(request);
    if (token === undefined) throw unauthorized('send a token: `Authorization: Bearer TOKEN`');
    try {
      request.caller = await tokens.verify(token);
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw unavailable(error.message);
      if (!(error instanceof TokenError)) throw error;
      throw unauthorized(`the token is not accepted: ${error.message}`, 'invalid_token');
    }
    if (access !== 'token' && !request.caller.scopes.has(access)) throw missingScope(access, request.caller);
  });
});

/** The verified caller of a request whose route is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller) return request.caller;
  throw new Error(`${String(request.routeOptions.url)} is public and has no caller`);
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(headers.authorization ?? '')?.[1];
}

function unauthorized(detail: string, code?: string): ApiError {
  const challenge = code === undefined ? 'Bearer' : `Bearer error="${code}"`;
  return new ApiError(401, 'unauthorized', 'Unauthorized', detail, { headers: { 'WWW-Authenticate': challenge } });
}

function unavailable(detail: string): ApiError {
  return new ApiError(503, 'keys_unavailable', 'Keys unavailable', detail, { retryAfter: 5 });
}

function missingScope(scope: string, caller: Caller): ApiError {
  const has = [...caller.scopes].join(', ') || 'none';
  return new ApiError(403, 'forbidden', 'Forbidden', `the token lacks the scope ${scope}; it has: ${has}`);
}
