import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { routes } from '../contract/http.ts';
import { queryRequest, queryResponse } from '../contract/schemas.ts';
import type { Services } from '../services.ts';
import { answerQuestion } from './answer.ts';
import { callerOf } from './auth.ts';
import { documented, endpoints } from './endpoint.ts';
import { checkSchema } from './json-schema.ts';
import { limitRate } from './rate-limit.ts';

/** `POST /query`: a question in, an answer with citations out. */
export const query: FastifyPluginAsyncZod<Services> = async (app, services) => {
  for (const endpoint of endpoints(routes.query)) {
    app.route({
      ...endpoint,
      schema: documented(routes.query, { body: queryRequest, response: { 200: queryResponse } }),
      preHandler: [checkSchema(services), limitRate(services)],
      handler: async (request, reply) => {
        const { question: text, mode, top_k, schema, ...options } = request.body;
        const { tenant } = callerOf(request);
        const variant = services.variants.choose(tenant, options.session_id ?? text);
        const question = { kind: 'query', tenant, text, mode, topK: top_k, variant } as const;
        const asked = schema === undefined ? question : { ...question, schema };
        return answerQuestion(services, request, reply, asked, options) as Promise<never>;
      },
    });
  }
};
