import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { routes } from '../contract/http.ts';
import type { Services } from '../services.ts';
import { documented, endpoints } from './endpoint.ts';

/** `GET /metrics` in Prometheus' text format. */
export const metricsRoute: FastifyPluginAsyncZod<Services> = async (app, { metrics, sessions, budget }) => {
  const activeSessions = metrics.rag_active_sessions.labels({});
  const budgetUsed = metrics.rag_budget_used_ratio.labels({});
  for (const endpoint of endpoints(routes.metrics)) {
    app.route({
      ...endpoint,
      schema: documented(routes.metrics, { response: { 200: z.string() } }),
      handler: async (_request, reply) => {
        activeSessions.set(sessions.active);
        budgetUsed.set(budget.highestUsedRatio());
        const text = await metrics.registry.metrics();
        return reply.header('Content-Type', metrics.registry.contentType).serializer(String).send(text);
      },
    });
  }
};
