import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelTableSchema, defaultModelTable } from '../../service/contract/models.ts';
import { buildTestApp, jwtSecret, modelThat, problemIn, signToken, type TestApp } from '../../service/testing.ts';
import { freePort, startServer, statusOf, until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { RedisStandin } from '../standins/redis.ts';
import { startTei } from '../standins/tei.ts';
import { metricOf, numberedModel } from './app.ts';

/** How often each status came. */
function tally(statuses: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('the rate limit', () => {
  test('is exact in one process: 60 are answered, stored answers included, and the 61st is told when to come again', async () => {
    const app = await buildTestApp({ env: { RATE_LIMIT_PER_MINUTE: '60' }, model: numberedModel() });
    const client = app.as('acme');
    // What is refused for another reason does not count.
    expect((await client.post('/query', { question: '' })).statusCode).toBe(400);
    expect((await client.post('/v1/predict', { input: 'x', model: 'no such' })).statusCode).toBe(400);
    expect((await app.app.inject({ method: 'POST', url: '/query', payload: { question: 'q' } })).statusCode).toBe(401);

    const statuses = [];
    for (let index = 0; index < 60; index += 1) {
      const path = index % 2 === 0 ? '/query' : '/v1/predict';
      statuses.push((await client.post(path, { [index % 2 === 0 ? 'question' : 'input']: 'q' })).statusCode);
    }
    expect(tally(statuses)).toEqual({ 200: 60 });
    const refused = await client.post('/query', { question: 'q' });
    const problem = problemIn(refused);
    expect(problem).toMatchObject({ status: 429, error: 'Rate limit exceeded' });
    expect(problem.retry_after).toBeGreaterThanOrEqual(1);
    expect(problem.retry_after).toBeLessThanOrEqual(60);
    expect(refused.headers['retry-after']).toBe(String(problem.retry_after));
    // Neither another tenant nor another subject of this one is touched.
    expect((await app.as('umbrella').post('/query', { question: 'q' })).statusCode).toBe(200);
    const authorization = `Bearer ${await signToken({ sub: 'another' })}`;
    const other = await app.app.inject({
      method: 'POST',
      url: '/query',
      headers: { authorization },
      payload: { question: 'q' },
    });
    expect(other.statusCode).toBe(200);
    expect(await metricOf(app, 'rag_errors_total{type="rate_limited"}')).toBe(1);
    expect(await metricOf(app, 'rag_queries_total{status="shed",variant="default"}')).toBe(0);
  });

  test('holds for three processes on one Redis within three blocks, and for each alone when Redis is gone', async () => {
    const limit = 60;
    const block = limit / 20;
    const redis = await RedisStandin.start();
    onTestFinished(() => redis.stop());
    const env = { REDIS_URL: redis.url, RATE_LIMIT_PER_MINUTE: String(limit), JWT_SECRET: jwtSecret };
    let outages = 0;
    const urls = await Promise.all([1, 2, 3].map(() => startService(env, () => (outages += 1))));
    const allowedOf = async (tenant: string) => {
      const authorization = `Bearer ${await signToken({ tenant })}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ question: 'q' });
      const hammer = async (url: string) => {
        const statuses: number[] = [];
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            while (statuses.length < 100) {
              const response = await fetch(`${url}/query`, { method: 'POST', headers, body });
              await response.arrayBuffer();
              statuses.push(response.status);
            }
          }),
        );
        const { 200: allowed = 0, 429: refused = 0 } = tally(statuses);
        expect(allowed + refused).toBe(statuses.length);
        return allowed;
      };
      return Promise.all(urls.map(hammer));
    };
    const shared = (await allowedOf('acme')).reduce((sum, one) => sum + one, 0);
    // A machine that stands still for longer than Redis is waited for can lose each replica what it had asked for.
    expect(shared, `with ${outages} outages of Redis`).toBeGreaterThanOrEqual(limit - outages * block);
    expect(shared).toBeLessThanOrEqual(limit + 3 * block);

    const before = outages;
    await redis.kill();
    expect(await allowedOf('umbrella')).toEqual([limit, limit, limit]);
    await until('each has told of the outage', () => outages >= before + 3);
  });
});

/** Starts the service as a process of its own, and tells when it finds Redis away. @returns its URL. */
async function startService(env: Readonly<Record<string, string>>, onOutage: () => void): Promise<string> {
  const port = await freePort();
  const server = startServer({ ...env, PORT: String(port), LOG_LEVEL: 'warn' });
  if (server.stdout) createInterface(server.stdout).on('line', (line) => line.includes('Redis is away') && onOutage());
  server.stderr?.resume();
  const url = `http://127.0.0.1:${port}`;
  await until('the service is ready', async () => (await statusOf(`${url}/health/ready`)) === 200);
  return url;
}

describe('the budget of a tenant', () => {
  test('is spent to its end and not beyond it, and nobody else’s is touched', async () => {
    // 0.20 dollars: what a call reserves, and what it costs.
    const model = numberedModel({ tokens: { input: 200, output: 50 } });
    const app = await buildTestApp({ env: { TENANT_BUDGET_USD_PER_DAY: '1' }, model });
    const client = app.as('acme');
    for (let index = 0; index < 5; index += 1) await client.ask(`question ${index}`);
    const refused = await client.post('/query', { question: 'one too many' });
    const problem = problemIn(refused);
    expect(problem).toMatchObject({ status: 429, error: 'Budget exceeded' });
    // Tomorrow, by UTC.
    expect(problem.retry_after).toBeGreaterThanOrEqual(1);
    expect(problem.retry_after).toBeLessThanOrEqual(86_400);
    expect(refused.headers['retry-after']).toBe(String(problem.retry_after));
    expect(model.asked).toHaveLength(5);

    // What is stored costs nothing.
    expect(await client.ask('question 0')).toMatchObject({ cached: true, cost_usd: 0 });
    expect(await app.as('umbrella').ask('one too many')).toMatchObject({ cost_usd: 0.2 });
    const budgetOf = async (tenant: string) => (await app.as(tenant).get('/costs')).json<{ budget: unknown }>().budget;
    expect(await budgetOf('acme')).toEqual({ limit_usd: 1, spent_usd: 1, reserved_usd: 0 });
    expect(await budgetOf('umbrella')).toEqual({ limit_usd: 1, spent_usd: 0.2, reserved_usd: 0 });
    expect(await metricOf(app, 'rag_budget_used_ratio')).toBe(1);
    expect(await metricOf(app, 'rag_errors_total{type="budget"}')).toBe(1);
  });

  test('is reserved while questions run, and given back by those that fail', async () => {
    const { promise: running, resolve: end } = Promise.withResolvers<undefined>();
    const model = modelThat(async ({ question }) => {
      await running;
      if (question.startsWith('fail')) throw new Error('it broke');
      return { text: 'yes', used: [], inputTokens: 100, outputTokens: 25 };
    });
    const small = { ...model, contextTokens: 200, maxOutputTokens: 50 };
    const app = await buildTestApp({ env: { TENANT_BUDGET_USD_PER_DAY: '1' }, model: small });
    const client = app.as('acme');
    const post = (question: string) => client.post('/query', { question });
    const asked = ['a', 'b', 'fail c', 'fail d', 'e'].map(post);
    await until('all are reserved', async () => reserved(await client.get('/costs')) === 1);
    const refused = problemIn(await post('f'));
    // Not tomorrow: those that run may cost less than they reserved.
    expect(refused).toMatchObject({ status: 429, error: 'Budget exceeded', retry_after: 1 });
    end(undefined);
    expect(tally((await Promise.all(asked)).map(({ statusCode }) => statusCode))).toEqual({ 200: 3, 500: 2 });
    const costs = await client.get('/costs');
    expect(reserved(costs)).toBe(0);
    expect(costs.json<{ budget: { spent_usd: number } }>().budget.spent_usd).toBeCloseTo(0.3);
  });
});

function reserved(costs: { json(): unknown }): number {
  return (costs.json() as { budget: { reserved_usd: number } }).budget.reserved_usd;
}

describe('priority', () => {
  test.each([
    ['high', undefined, 'high'],
    ['high', 'low', 'low'],
    ['high', 'normal', 'normal'],
    ['normal', 'high', 'normal'],
    [undefined, undefined, 'normal'],
    [undefined, 'high', 'normal'],
    [undefined, 'low', 'low'],
    ['low', 'high', 'low'],
    ['low', undefined, 'low'],
  ])('of a token that says %s and a body that says %s is %s', async (claimed, sent, expected) => {
    const app = await buildTestApp({ model: numberedModel() });
    const authorization = `Bearer ${await signToken({ priority: claimed })}`;
    for (const [url, body] of [
      ['/query', { question: 'q' }],
      ['/v1/predict', { input: 'q' }],
    ] as const) {
      const payload = { ...body, ...(sent === undefined ? {} : { priority: sent }) };
      const response = await app.app.inject({ method: 'POST', url, headers: { authorization }, payload });
      expect(response.statusCode).toBe(200);
      await until('it is logged', () =>
        app.log().some(({ route, priority }) => route === url && priority === expected),
      );
    }
    expect(app.log().filter(({ priority }) => priority !== undefined && priority !== expected)).toEqual([]);
  });

  test('decides who is refused: a body cannot buy its way past the token', async () => {
    const { promise: running, resolve: end } = Promise.withResolvers<undefined>();
    const model = modelThat(async () => {
      await running;
      return { text: 'yes', used: [], inputTokens: 1, outputTokens: 1 };
    });
    const env = { ADMISSION_MAX_CONCURRENCY: '1', ADMISSION_QUEUE_SIZE: '1' };
    const app = await buildTestApp({ env, model });
    const ask = async (claimed: string, question: string, priority: string) => {
      const headers = { authorization: `Bearer ${await signToken({ priority: claimed })}` };
      return app.app.inject({ method: 'POST', url: '/query', headers, payload: { question, priority } });
    };
    const admitted = [ask('high', 'runs', 'high')];
    await until('it runs', async () => (await metricOf(app, 'rag_admission_in_flight')) === 1);
    expect((await ask('low', 'is low', 'high')).statusCode).toBe(429);
    expect(await metricOf(app, 'rag_requests_shed_total{priority="low",reason="probabilistic"}')).toBe(1);
    admitted.push(ask('high', 'waits', 'high'));
    await until('it waits', async () => (await metricOf(app, 'rag_admission_queue_size')) === 1);
    end(undefined);
    expect((await Promise.all(admitted)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });
});

describe('the semantic cache', () => {
  const question = 'How do I change the colour of the lighthouse lamp?';
  const paraphrase = 'Which colour may the lamp of a lighthouse change to?';

  async function setUp(env: Readonly<Record<string, string>> = { SEMANTIC_CACHE_ENABLED: 'true' }) {
    const tei = await startTei();
    onTestFinished(() => tei.close());
    const say = ({ schema }: { schema?: unknown }) => (schema === undefined ? 'text' : '');
    const fake = numberedModel({ say });
    const model = {
      ...fake,
      generate: async (request: Parameters<typeof fake.generate>[0]) => {
        const generation = await fake.generate(request);
        return request.schema === undefined ? generation : { ...generation, text: `{"n":"${generation.text}"}` };
      },
    };
    const modelTable = modelTableSchema.parse({
      ...defaultModelTable,
      variants: { a: { weight: 1 }, b: { weight: 1 } },
    });
    return { app: await buildTestApp({ env: { TEI_URL: tei.url, ...env }, model, modelTable }), model: fake, tei };
  }

  /** A session that is answered by this variant. */
  function sessionOf({ services }: TestApp, variant: string): string {
    for (let index = 0; ; index += 1) if (services.variants.choose('acme', `s${index}`) === variant) return `s${index}`;
  }

  test('gives the stored answer to a paraphrase, at no cost', async () => {
    const { app, model } = await setUp();
    const session_id = sessionOf(app, 'a');
    const { answer } = await app.as('acme').ask(question, { session_id });
    const found = await app.as('acme').ask(paraphrase, { session_id });
    expect(found).toMatchObject({ answer, cached: true, cost_usd: 0, tokens: { input: 0, output: 0 } });
    expect(model.asked).toHaveLength(1);
    expect(await metricOf(app, 'cache_hits_total{cache="semantic"}')).toBe(1);
    expect((await app.as('acme').ask('Where do puffins nest in winter?', { session_id })).cached).toBe(false);
  });

  test('never across tenants, schemas, variants, modes or changed documents', async () => {
    const { app } = await setUp();
    const client = app.as('acme');
    const session_id = sessionOf(app, 'a');
    await client.ask(question, { session_id });
    const others = [
      app.as('umbrella').ask(paraphrase, { session_id }),
      client.ask(paraphrase, { session_id: sessionOf(app, 'b') }),
      client.ask(paraphrase, { session_id, schema: { type: 'object' } }),
      client.ask(paraphrase, { session_id, mode: 'fast' }),
      client.ask(paraphrase, { session_id, top_k: 1 }),
    ];
    for (const { cached } of await Promise.all(others)) expect(cached).toBe(false);
    // Nor from one schema to another.
    expect((await client.ask(question, { session_id, schema: { type: ['object'] } })).cached).toBe(false);
    await client.post('/v1/documents', { id: 'new', text: 'The lighthouse lamp is white.' });
    expect((await client.ask(paraphrase, { session_id })).cached).toBe(false);
  });

  test('is off by default', async () => {
    const { app, model } = await setUp({});
    const session_id = sessionOf(app, 'a');
    await app.as('acme').ask(question, { session_id });
    expect((await app.as('acme').ask(paraphrase, { session_id })).cached).toBe(false);
    expect(model.asked).toHaveLength(2);
  });

  test('gone with its embedding service: questions are answered by the model', async () => {
    const { app, model, tei } = await setUp();
    const session_id = sessionOf(app, 'a');
    await app.as('acme').ask(question, { session_id });
    await tei.setFault({ kind: 'reset' });
    expect(await app.as('acme').ask(paraphrase, { session_id })).toMatchObject({ cached: false, degradation: 'full' });
    expect(model.asked).toHaveLength(2);
  });
});

describe('variants', () => {
  const prices = { dear: { input: 0.5, output: 2 }, cheap: { input: 0.05, output: 0.2 } };

  async function setUp(guardRails: object = {}) {
    const llm = await startLlmStandin({ models: ['dear', 'cheap'], reply: () => 'one two three' });
    onTestFinished(() => llm.close());
    const mode = (temperature: number) => ({ model: 'dear', temperature, fallback: null });
    const modelTable = modelTableSchema.parse({
      models: { dear: { price_per_1k: prices.dear }, cheap: { price_per_1k: prices.cheap } },
      modes: { creative: mode(0.9), balanced: mode(0.3), fast: mode(0) },
      variants: {
        control: { weight: 3 },
        trial: { weight: 1, models: { creative: 'cheap', balanced: 'cheap', fast: 'cheap' } },
      },
      guard_rails: guardRails,
    });
    const app = await buildTestApp({
      env: { LLM_BASE_URL: llm.url, JSON_GUARD_MAX_ATTEMPTS: '1' },
      modelTable,
      checkIntervalMs: 3_600_000,
    });
    return { app, llm };
  }

  test('are split by weight, sticky by session, and have costs of their own', async () => {
    const { app } = await setUp();
    const client = app.as('acme');
    const variantOf = new Map<string, string>();
    for (let round = 0; round < 2; round += 1) {
      const answers = [];
      for (let session = 0; session < 200; session += 1) {
        const session_id = `session-${session}`;
        answers.push(
          client.ask(`${session} in round ${round}`, { session_id }).then((answer) => ({ session_id, answer })),
        );
        if (answers.length === 20) {
          for (const { session_id: id, answer } of await Promise.all(answers.splice(0))) {
            expect(answer.variant).toBe(variantOf.get(id) ?? answer.variant);
            expect(answer.model).toBe(answer.variant === 'trial' ? 'cheap' : 'dear');
            variantOf.set(id, answer.variant);
          }
        }
      }
    }
    // A quarter of 200 is 50, with a deviation of 6.
    const trials = [...variantOf.values()].filter((name) => name === 'trial').length;
    expect(trials).toBeGreaterThan(25);
    expect(trials).toBeLessThan(75);

    interface Spend {
      requests: number;
      cost_usd: number;
      input_tokens: number;
      output_tokens: number;
    }
    const costs = (await client.get('/costs')).json<{ variants: Record<string, Spend>; total: Spend }>();
    for (const [variant, price] of [
      ['control', prices.dear],
      ['trial', prices.cheap],
    ] as const) {
      const spend = costs.variants[variant];
      expect(spend?.requests).toBe(2 * (variant === 'trial' ? trials : 200 - trials));
      const expected = ((spend?.input_tokens ?? 0) * price.input + (spend?.output_tokens ?? 0) * price.output) / 1000;
      expect(spend?.cost_usd).toBeCloseTo(expected);
      expect(expected).toBeGreaterThan(0);
    }
    expect(await metricOf(app, 'rag_queries_total{status="success",variant="trial"}')).toBe(2 * trials);
  });

  test('that fail too often are stopped: their sessions move, and log and metric say so', async () => {
    const { app, llm } = await setUp({ max_error_ratio: 0.3, min_sample: 10 });
    llm.settings.reply = ({ model }) => (model === 'dear' ? '{}' : 'no JSON');
    const schema = { type: 'object' };
    const client = app.as('acme');
    const sessions = Array.from({ length: 400 }, (_, index) => `s${index}`);
    const on = (variant: string) => sessions.filter((id) => app.services.variants.choose('acme', id) === variant);
    const [trial, control] = [on('trial'), on('control')];
    for (const session_id of trial.slice(0, 10)) {
      expect(await metricOf(app, 'rag_variant_stopped{variant="trial"}')).toBe(0);
      const answer = await client.ask(`of ${session_id}`, { session_id, schema });
      expect(answer).toMatchObject({ variant: 'trial', model: 'cheap', error: true });
    }
    expect(await metricOf(app, 'rag_variant_stopped{variant="trial"}')).toBe(1);
    expect(await metricOf(app, 'rag_variant_stopped{variant="control"}')).toBe(0);
    expect(app.log()).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'a guard rail stopped a variant', variant: 'trial' }),
    );
    for (const session_id of [...trial.slice(0, 5), ...control.slice(0, 5)]) {
      const answer = await client.ask(`after, of ${session_id}`, { session_id, schema });
      expect(answer).toMatchObject({ variant: 'control', model: 'dear', answer: {} });
    }
    // By its name it can be asked for still.
    const asked = await client.post('/v1/predict', { input: 'q', variant: 'trial', schema });
    expect(asked.json()).toMatchObject({ variant: 'trial', error: true });
  });

  test('that cost too much are stopped', async () => {
    const { app } = await setUp({ max_cost_usd: 0.001, min_sample: 10 });
    const client = app.as('acme');
    for (let index = 0; index < 40; index += 1) await client.ask(`question ${index}`, { session_id: `s${index}` });
    expect(await metricOf(app, 'rag_variant_stopped{variant="control"}')).toBe(1);
    expect(app.log()).toContainEqual(
      expect.objectContaining({ variant: 'control', reason: expect.stringMatching(/US dollars a question/) as string }),
    );
    expect(await client.ask('afterwards')).toMatchObject({ variant: 'trial', model: 'cheap' });
  });
});
