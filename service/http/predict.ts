import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { routes } from '../contract/http.ts';
import { predictRequest, queryResponse, type PredictRequest } from '../contract/schemas.ts';
import { parseSignature, promptOf, schemaOfSignature } from '../guard/signature.ts';
import type { Services } from '../services.ts';
import { answerQuestion } from './answer.ts';
import { callerOf } from './auth.ts';
import { documented, endpoints } from './endpoint.ts';
import { checkSchema } from './json-schema.ts';
import { ApiError } from './problem.ts';
import { limitRate } from './rate-limit.ts';

/** `POST /v1/predict`: a plain model call, with the guards, caches, costs and variants that a question has. */
export const predict: FastifyPluginAsyncZod<Services> = async (app, services) => {
  for (const endpoint of endpoints(routes.predict)) {
    app.route({
      ...endpoint,
      schema: documented(routes.predict, { body: predictRequest, response: { 200: queryResponse } }),
      // What names a thing that does not exist is refused before it counts against the rate limit.
      preHandler: [
        async (request) => {
          assertKnown(services, request.body);
        },
        checkSchema(services),
        limitRate(services),
      ],
      handler: async (request, reply) => {
        const { mode, model, session_id, variant, ...options } = request.body;
        const { tenant } = callerOf(request);
        const { text, schema } = promptAndSchema(request.body);
        const question = {
          kind: 'predict',
          tenant,
          text,
          mode,
          topK: 0,
          variant: variant ?? services.variants.choose(tenant, session_id ?? text),
          ...(model === undefined ? {} : { model }),
          ...(schema === undefined ? {} : { schema }),
        } as const;
        return answerQuestion(services, request, reply, question, { ...options, session_id }) as Promise<never>;
      },
    });
  }
};

function assertKnown({ catalogue, variantNames }: Services, body: PredictRequest): void {
  const { model, variant } = body;
  if (model !== undefined && !catalogue.gates.has(model)) throw unknown('model', model, [...catalogue.gates.keys()]);
  if (variant !== undefined && !variantNames.includes(variant)) throw unknown('variant', variant, variantNames);
  promptAndSchema(body);
}

function unknown(field: string, name: string, known: readonly string[]): ApiError {
  const message = `there is no ${field} ${JSON.stringify(name)}; allowed: ${known.join(', ')}`;
  return new ApiError(400, 'bad_request', `Unknown ${field}`, message, { errors: [{ field, message }] });
}

/** The text of the prompt, and what the answer must satisfy: by the signature where there is one. */
function promptAndSchema({ input, signature, schema }: PredictRequest): { text: string; schema?: unknown } {
  if (signature === undefined) {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    return schema === undefined ? { text } : { text, schema };
  }
  const parsed = parseSignature(signature);
  if ('problem' in parsed) throw wrong('signature', parsed.problem);
  const prompt = promptOf(parsed, input);
  if ('problem' in prompt) throw wrong('input', prompt.problem);
  const own = schemaOfSignature(parsed);
  if (schema !== undefined && own !== undefined) {
    throw wrong('schema', 'the signature says already what the answer must be: send one of both');
  }
  const wanted = own ?? schema;
  return wanted === undefined ? { text: prompt.prompt } : { text: prompt.prompt, schema: wanted };
}

function wrong(field: string, message: string): ApiError {
  return new ApiError(400, 'bad_request', 'Invalid request', `${field}: ${message}`, { errors: [{ field, message }] });
}
