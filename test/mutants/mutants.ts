import type { Mutant } from '../../commands/mutants/mutant.ts';

/** Protections that tests must notice the loss of; `npm run test:mutants` takes them out one by one. */
export const mutants: readonly Mutant[] = [
  {
    name: 'the cache key without the tenant',
    protects: 'A tenant would be given the answer that another tenant got from its own documents.',
    file: 'service/pipeline/question-key.ts',
    find: 'return [tenant, kind,',
    replace: 'return [kind,',
    tests: ['service/pipeline/question-key.test.ts'],
  },
  {
    name: 'an answer stored after the abort',
    protects: 'An answer that nobody waited for to its end would be given to those who ask next.',
    file: 'service/pipeline/cache-step.ts',
    find: ' && !context.signal.aborted',
    replace: '',
    tests: ['service/pipeline/pipeline.test.ts'],
  },
  {
    name: "a token's audience unchecked",
    protects: 'A token that the identity provider made for another service would be accepted.',
    file: 'service/tokens/token-verifier.ts',
    find: '      audience: this.#config.JWT_AUDIENCE,\n',
    replace: '',
    tests: ['service/http/auth.test.ts'],
  },
  {
    name: 'a deadline that never ends',
    protects: 'A request would wait for an upstream that hangs until the client gives up.',
    file: 'service/resilience/deadline.ts',
    find: 'if (now < this.#expiresAt) this.#arm(now);',
    replace: 'if (now < Infinity) this.#arm(now);',
    tests: ['service/resilience/deadline.test.ts'],
  },
  {
    name: 'ready while draining',
    protects: 'A load balancer would go on sending requests to a process that is about to end.',
    file: 'service/http/health.ts',
    find: "lifecycle.state === 'draining'",
    replace: 'false',
    tests: ['service/http/health.test.ts'],
  },
  {
    name: 'a larger body',
    protects: 'Bodies over 1 MB would be held in memory and parsed.',
    file: 'service/app.ts',
    find: 'bodyLimit: requestLimits.bodyBytes',
    replace: 'bodyLimit: 4 * requestLimits.bodyBytes',
    tests: ['service/http/query.test.ts'],
  },
];
