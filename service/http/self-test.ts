import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { routes } from '../contract/http.ts';
import { cacheSelfTestResponse } from '../contract/self-test-schemas.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Services } from '../services.ts';
import { documented, endpoints } from './endpoint.ts';
import { ApiError } from './problem.ts';
import { timeoutOf } from './request-timeout.ts';

/** Time for a self-test, in seconds: it waits for two entries of a second, whatever `REQUEST_TIMEOUT_SECS` is. */
const timeoutSeconds = 10;

/** `POST /self-test/cache`: sees that stored answers expire here and now, for whoever promotes this version. */
export const selfTest: FastifyPluginAsyncZod<Services> = async (app, { cacheSelfTest, config, lifecycle }) => {
  for (const endpoint of endpoints(routes.cacheSelfTest)) {
    app.route({
      ...endpoint,
      schema: documented(routes.cacheSelfTest, { response: { 200: cacheSelfTestResponse } }),
      handler: async (request) => {
        if (!config.CACHE_ENABLED) return { enabled: false, passed: false, places: {} };
        const deadline = new Deadline(timeoutOf(request, timeoutSeconds).milliseconds);
        const places = await lifecycle.run(deadline, () => {
          if (!cacheSelfTest.running) return cacheSelfTest.run(deadline.signal);
          const detail = 'a self-test of the cache runs already; ask again when it is over';
          throw new ApiError(429, 'rate_limited', 'Too many requests', detail, { retryAfter: 3 });
        });
        const passed = Object.values(places).every(({ hit, expired, regenerated }) => hit && expired && regenerated);
        return { enabled: true, passed, places };
      },
    });
  }
};
