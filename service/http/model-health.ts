import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { allModelsHealth, modelHealth, modelHealthQuery } from '../contract/health-schemas.ts';
import { routes } from '../contract/http.ts';
import type { CircuitState } from '../resilience/circuit-breaker.ts';
import type { Services } from '../services.ts';
import type { CheckResult } from '../health/background-check.ts';
import { evidenceOf } from './check-evidence.ts';
import { documented, endpoints } from './endpoint.ts';
import { ApiError } from './problem.ts';

/** `GET /health/llm`: how one model is by its last real call or test, 503 when that failed; or all models, always 200. */
export const modelHealthRoutes: FastifyPluginAsyncZod<Services> = async (app, { health, catalogue }) => {
  const circuitOf = (model: string) => catalogue.gates.get(model)?.breaker.state ?? 'closed';
  for (const endpoint of endpoints(routes.modelHealth)) {
    app.route({
      ...endpoint,
      schema: documented(routes.modelHealth, {
        querystring: modelHealthQuery,
        response: { 200: z.union([allModelsHealth, modelHealth]), 503: modelHealth },
      }),
      handler: async (request, reply) => {
        const { model } = request.query;
        const models = health.models();
        if (model === 'all') {
          const all = [...models].map(([name, result]) => [name, describe(name, result, circuitOf(name))] as const);
          const healthy = all.every(([, { status }]) => status === 'healthy');
          return { status: healthy ? ('healthy' as const) : ('degraded' as const), models: Object.fromEntries(all) };
        }
        if (!models.has(model)) {
          const known = ['all', ...models.keys()].join(', ');
          throw new ApiError(
            400,
            'bad_request',
            'Unknown model',
            `there is no model ${JSON.stringify(model)}; allowed: ${known}`,
          );
        }
        const one = describe(model, models.get(model), circuitOf(model));
        return reply.code(one.status === 'healthy' ? 200 : 503).send(one);
      },
    });
  }
};

function describe(model: string, result: CheckResult | undefined, circuit: CircuitState): z.output<typeof modelHealth> {
  const status = result?.healthy === true ? 'healthy' : 'unhealthy';
  return { model, status, ...evidenceOf(result), circuit_state: circuit };
}
