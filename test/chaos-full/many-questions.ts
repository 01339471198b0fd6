import { parseConfig } from '../../service/contract/parse-config.ts';
import type { LanguageModel } from '../../service/upstreams/language-model.ts';
import { createServices } from '../../service/services.ts';
import { createLogger } from '../../service/telemetry/logger.ts';
import { Trace } from '../../service/telemetry/trace.ts';

// A replica as a process of its own, without HTTP: each question is another one of another tenant. Prints the bytes of the
// heap after 40,000 of them and after 100,000, as JSON. To be run with --expose-gc.
const config = parseConfig({
  JWT_SECRET: 'a secret for tests, at least 32 bytes',
  LOG_LEVEL: 'fatal',
  TENANT_BUDGET_USD_PER_DAY: '1',
});
const model: LanguageModel = {
  name: 'test-model',
  price: { input: 0.5, output: 2 },
  contextTokens: 100,
  maxOutputTokens: 10,
  sizeOf: () => ({ estimated: 10, atMost: 100 }),
  countTokens: (text) => text.length,
  generate: async ({ question }) => ({ text: question, used: [], inputTokens: 1, outputTokens: 1, finish: 'stop' }),
};
const services = createServices({ config, model, log: createLogger(config, '0.0.0-test') });
await services.start();
const { signal } = new AbortController();

async function ask(number: number): Promise<void> {
  const tenant = `tenant-${number}`;
  const { allowed } = await services.rateLimiter.take(`${tenant}\u0000${tenant}`);
  services.sessions.touch(tenant, `session-${number}`);
  const expiresAt = performance.now() + 60_000;
  const answer = await services.ask({
    question: {
      kind: 'query',
      tenant,
      text: `What is number ${number}?`,
      mode: 'balanced',
      topK: 5,
      variant: services.variants.choose(tenant, `session-${number}`),
    },
    trace: Trace.none,
    priority: 'normal',
    signal,
    expiresAt: () => expiresAt,
    shortened: false,
  });
  if (!allowed || answer.answer !== `What is number ${number}?`) throw new Error(`question ${number} went wrong`);
}

let asked = 0;
async function heapAfter(total: number): Promise<number> {
  const worker = async () => {
    while (asked < total) await ask(asked++);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  // What finalizers let go of is collected by the next round.
  for (let round = 0; round < 4; round += 1) {
    await new Promise((turn) => setImmediate(turn));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

console.log(JSON.stringify([await heapAfter(40_000), await heapAfter(100_000)]));
await services.close();
