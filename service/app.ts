import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { requestLimits } from './contract/http.ts';
import { auth } from './http/auth.ts';
import { clientErrorHandler, routerErrorHandler } from './http/client-error.ts';
import { documentation } from './http/documentation.ts';
import { documents } from './http/documents.ts';
import { draining } from './http/draining.ts';
import { errors } from './http/errors.ts';
import { health } from './http/health.ts';
import { metricsRoute } from './http/metrics.ts';
import { modelHealthRoutes } from './http/model-health.ts';
import { predict } from './http/predict.ts';
import { protection } from './http/protection.ts';
import { query } from './http/query.ts';
import { reports } from './http/reports.ts';
import { requestContext, requestIdOf } from './http/request-context.ts';
import { requestLog } from './http/request-log.ts';
import { milliseconds } from './milliseconds.ts';
import { selfTest } from './http/self-test.ts';
import type { Services } from './services.ts';

/** Composes the API from its services. Nothing listens yet; closing the app closes the services. */
export async function buildApp(services: Services): Promise<FastifyInstance> {
  const { config } = services;
  const requestTimeout = milliseconds(config.REQUEST_TIMEOUT_SECS);
  const log: FastifyBaseLogger = services.log;
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestIdOf,
    trustProxy: config.TRUSTED_PROXIES.length > 0 ? config.TRUSTED_PROXIES : false,
    bodyLimit: requestLimits.bodyBytes,
    http: {
      maxHeaderSize: requestLimits.headerBytes,
      // Node would refuse a request without the header by itself: with no body, and nothing in the log.
      requireHostHeader: false,
      // Node takes the larger of both for the whole request, and looks for late ones every 30 s by default.
      headersTimeout: Math.min(60_000, requestTimeout),
      connectionsCheckingInterval: 1_000,
    },
    routerOptions: { maxParamLength: requestLimits.urlLength },
    clientErrorHandler: clientErrorHandler(services),
    frameworkErrors: routerErrorHandler(services),
    requestTimeout,
    // A connection on which nothing moves: longer than any answer takes, so only a reader that stalls meets it.
    connectionTimeout: requestTimeout + 30_000,
    // Longer than the idle time of common gateways (60 s), so that the gateway closes a connection first, never we.
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // A request that comes while draining is answered as usual; its connection closes after it.
    return503OnClosing: false,
  });
  // Node would refuse an `Expect` that it does not know in the same way; a server may pass over it (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onClose', async () => {
    await services.close();
  });

  await app.register(requestContext, services);
  await app.register(requestLog, services);
  await app.register(draining, services);
  await app.register(errors, services);
  await app.register(protection, services);
  await app.register(auth, services);
  await app.register(documentation, services);
  await app.register(query, services);
  await app.register(predict, services);
  await app.register(documents, services);
  await app.register(health, services);
  await app.register(modelHealthRoutes, services);
  await app.register(metricsRoute, services);
  await app.register(reports, services);
  await app.register(selfTest, services);
  return app;
}
