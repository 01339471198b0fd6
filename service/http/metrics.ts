import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { routes } from '../contract/http.ts';
import type { Services } from '../services.ts';
import { Exposition } from '../telemetry/exposition.ts';
import { documented, endpoints } from './endpoint.ts';
import { contentTypes, preferredFormat } from './metrics-format.ts';

/** `GET /metrics` in Prometheus' text format, or in OpenMetrics with exemplars for a client that asks for it. */
export const metricsRoute: FastifyPluginAsyncZod<Services> = async (app, services) => {
  const { metrics, sessions, budget, topQuestions } = services;
  const exposition = new Exposition(metrics.registry);
  const activeSessions = metrics.rag_active_sessions.labels({});
  const budgetUsed = metrics.rag_budget_used_ratio.labels({});
  for (const endpoint of endpoints(routes.metrics)) {
    app.route({
      ...endpoint,
      schema: documented(routes.metrics, { response: { 200: z.string() } }),
      handler: async (request, reply) => {
        activeSessions.set(sessions.active);
        budgetUsed.set(budget.highestUsedRatio());
        if (topQuestions) metrics.rag_top_questions.replace(topQuestions.top());
        const format = preferredFormat(request.headers.accept);
        const text = await exposition.render(format);
        return reply.headers({ 'Content-Type': contentTypes[format], Vary: 'Accept' }).serializer(String).send(text);
      },
    });
  }
};
