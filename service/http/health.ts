import { getHeapStatistics } from 'node:v8';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { dependencies } from '../contract/dependencies.ts';
import {
  checkResult,
  deepHealthResponse,
  healthResponse,
  readyQuery,
  readyResponse,
  startupResponse,
} from '../contract/health-schemas.ts';
import { routes } from '../contract/http.ts';
import type { Services } from '../services.ts';
import type { DependencyHealth } from '../health/health-monitor.ts';
import { evidenceOf } from './check-evidence.ts';
import { documented, endpoints } from './endpoint.ts';

/** Liveness, readiness, startup and the details behind them. None of them waits for a dependency. */
export const health: FastifyPluginAsyncZod<Services> = async (app, services) => {
  const { version, lifecycle, eventLoop, health: monitor, cache, diskSpace } = services;

  for (const endpoint of endpoints(routes.health)) {
    app.route({
      ...endpoint,
      schema: documented(routes.health, { response: { 200: healthResponse } }),
      handler: async () => ({ status: 'healthy' as const, version }),
    });
  }

  for (const endpoint of endpoints(routes.ready)) {
    app.route({
      ...endpoint,
      schema: documented(routes.ready, {
        querystring: readyQuery,
        response: { 200: readyResponse, 503: readyResponse },
      }),
      handler: async (request, reply) => {
        const checks = Object.fromEntries(
          [...monitor.dependencies()].map(([name, { result }]) => [name, result?.healthy ?? false]),
        );
        const reason = reasonNotReady(services);
        const degraded = Object.entries(dependencies).some(([name, { required }]) => required && !checks[name]);
        const status = reason !== undefined ? 'not_ready' : degraded ? 'degraded' : 'ready';
        const refused =
          status === 'not_ready' || (request.query.strict === '1' && Object.values(checks).includes(false));
        return reply.code(refused ? 503 : 200).send({ status, ...(reason === undefined ? {} : { reason }), checks });
      },
    });
  }

  for (const endpoint of endpoints(routes.startup)) {
    app.route({
      ...endpoint,
      schema: documented(routes.startup, { response: { 200: startupResponse, 503: startupResponse } }),
      handler: async (_request, reply) => {
        const starting = lifecycle.state === 'starting';
        return reply.code(starting ? 503 : 200).send({ status: starting ? 'starting' : 'started' });
      },
    });
  }

  for (const endpoint of endpoints(routes.deepHealth)) {
    app.route({
      ...endpoint,
      schema: documented(routes.deepHealth, { response: { 200: deepHealthResponse } }),
      handler: async () => {
        const results = [...monitor.dependencies()].map(([name, dependency]) => [name, describe(dependency)] as const);
        const memory = process.memoryUsage();
        return {
          status: results.every(([, { healthy }]) => healthy) ? ('healthy' as const) : ('degraded' as const),
          uptime_seconds: process.uptime(),
          disk: diskSpace?.space ?? null,
          memory: {
            rss_bytes: memory.rss,
            heap_used_bytes: memory.heapUsed,
            heap_limit_bytes: getHeapStatistics().heap_size_limit,
          },
          event_loop: { healthy: eventLoop.healthy, max_delay_ms: eventLoop.maxDelayMs },
          cache: cache.statistics(),
          dependencies: Object.fromEntries(results),
        };
      },
    });
  }
};

function describe({ kind, detail, result }: DependencyHealth): z.output<typeof checkResult> {
  return { healthy: result?.healthy ?? false, ...evidenceOf(result), kind, detail };
}

/** Why the service takes no traffic: only what another replica would do better. A dependency that is away is not. */
function reasonNotReady({ lifecycle, eventLoop }: Services): string | undefined {
  if (lifecycle.state === 'starting') return 'starting: the corpus is being read';
  if (lifecycle.state === 'draining') return 'draining: the service is stopping';
  return eventLoop.healthy ? undefined : `the event loop is held up: ${Math.round(eventLoop.maxDelayMs)} ms`;
}
