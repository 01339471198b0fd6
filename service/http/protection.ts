import compress from '@fastify/compress';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import fastifyPlugin from 'fastify-plugin';
import { requestLimits } from '../contract/http.ts';
import type { Services } from '../services.ts';
import { ApiError } from './problem.ts';

/** Security headers, the origins that may call, compression, and limits on URL and content type. */
export const protection = fastifyPlugin<Services>(async (app, { config }) => {
  // RFC 9112, 3.2.
  app.addHook('onRequest', async ({ raw, headers }) => {
    if (headers.host !== undefined || raw.httpVersion === '1.0') return;
    throw new ApiError(400, 'bad_request', 'Invalid request', 'the header Host is missing');
  });

  // Only JSON is read; anything else is refused with 415 instead of reaching a handler as text.
  app.removeContentTypeParser('text/plain');

  // Many clients send a content type with every request, also with one that has no body to read.
  app.addHook('onRequest', async ({ method, headers }) => {
    if (method === 'DELETE' && (headers['content-length'] ?? '0') === '0') delete headers['content-type'];
  });

  app.addHook('onRequest', async (request) => {
    if (request.url.length <= requestLimits.urlLength) return;
    const detail = `path and query are longer than ${requestLimits.urlLength} characters`;
    throw new ApiError(414, 'uri_too_long', 'URL too long', detail);
  });

  await app.register(helmet, {
    // The documentation page is served over plain HTTP on a laptop, where an upgrade would break its assets.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  await app.register(cors, {
    origin: config.CORS_ORIGINS.includes('*') ? '*' : config.CORS_ORIGINS,
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'X-Request-Id',
      'Request-Timeout-Secs',
      'traceparent',
      'tracestate',
    ],
    exposedHeaders: ['X-Request-Id', 'Retry-After'],
    credentials: false,
    // An OPTIONS request that is no preflight gets 204 as well, not an error in a form of the plugin's own.
    strictPreflight: false,
    maxAge: 600,
  });
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'] });
});
