import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metrics } from '../contract/metrics.ts';
import { processMetrics } from '../contract/process-metrics.ts';
import { buildTestApp, modelThat, seriesOf, signToken, type TestApp } from '../testing.ts';

async function scrape({ app }: TestApp): Promise<string> {
  return (await app.inject('/metrics')).body;
}

/** Fails when it is asked to. */
const moody = modelThat(async ({ question }) => {
  if (question === 'fail') throw new Error('it broke');
  return { text: 'yes', used: [], inputTokens: 10, outputTokens: 5 };
});

describe('/metrics', () => {
  it('is in the text format of Prometheus', async () => {
    const { app } = await buildTestApp();
    const response = await app.inject('/metrics');
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.body).toMatch(/^# HELP /);
  });

  it('is in OpenMetrics for who asks for it, whom caches keep apart', async () => {
    const { app } = await buildTestApp();
    const response = await app.inject({
      url: '/metrics',
      headers: { accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3', 'accept-encoding': '' },
    });
    expect(response.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(response.headers.vary).toMatch(/\baccept\b(?!-)/i);
    expect(response.body).toMatch(/\n# EOF\n$/);
  });

  it('has exactly the families of the contract, before and after the service was used', async () => {
    const test = await buildTestApp({ model: moody });
    const families = async () =>
      [...(await scrape(test)).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name).sort();
    const expected = [...Object.keys(metrics), ...processMetrics].sort();
    expect(await families()).toEqual(expected);

    await exercise(test);
    expect(await families()).toEqual(expected);
  });

  it('counts what happened', async () => {
    const test = await buildTestApp({ model: moody });
    await exercise(test);
    const series = Object.fromEntries(seriesOf(await scrape(test)));

    expect(series).toMatchObject({
      'rag_queries_total{status="success",variant="default"}': 1,
      'rag_queries_total{status="cached",variant="default"}': 1,
      'rag_queries_total{status="error",variant="default"}': 1,
      rag_query_duration_seconds_count: 3,
      rag_cache_hits_total: 1,
      rag_active_queries: 0,
      rag_active_sessions: 1,
      'rag_errors_total{type="unauthorized"}': 1,
      'rag_errors_total{type="not_found"}': 1,
      'rag_errors_total{type="bad_request"}': 1,
      'rag_errors_total{type="internal"}': 1,
      rag_retrieval_duration_seconds_count: 2,
      'rag_degradation_mode{mode="full"}': 1,
      rag_query_cost_usd_count: 2,
      rag_query_cost_usd_sum: 0.015,
      'llm_requests_total{model="test-model",mode="balanced",outcome="success"}': 1,
      'llm_requests_total{model="test-model",mode="fast",outcome="failure"}': 1,
      'llm_request_failures_total{model="test-model"}': 1,
      'llm_request_duration_seconds_count{model="test-model"}': 2,
      'llm_tokens_total{model="test-model",type="input",variant="default"}': 10,
      'llm_tokens_total{model="test-model",type="output",variant="default"}': 5,
      'llm_cost_usd_total{model="test-model",variant="default"}': 0.015,
      'llm_health_status{model="test-model"}': 1,
      'llm_health_check_duration_seconds_count{model="test-model"}': 1,
      'llm_health_check_failures_total{model="test-model"}': 0,
      'cache_hits_total{cache="memory"}': 1,
      'cache_misses_total{cache="memory"}': 2,
      'cache_size{cache="memory"}': 1,
      'dependency_up{dependency="llm"}': 1,
      'dependency_up{dependency="vector_db"}': 1,
      'dependency_up{dependency="cache"}': 1,
      incidents_total: 1,
    });
  });

  it('counts the questions that run now', async () => {
    const { promise: running, resolve: runs } = Promise.withResolvers<undefined>();
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
    const model = modelThat(async () => {
      runs(undefined);
      await ended;
      return { text: 'yes', used: [], inputTokens: 1, outputTokens: 1 };
    });
    const test = await buildTestApp({ model });
    const answer = test.as('acme').ask('q');
    await running;
    expect(await scrape(test)).toContain('\nrag_active_queries 1\n');
    end(undefined);
    await answer;
    expect(await scrape(test)).toContain('\nrag_active_queries 0\n');
  });
});

describe('the top questions', () => {
  const topOf = async (test: TestApp) =>
    Object.fromEntries([...seriesOf(await scrape(test))].filter(([name]) => name.startsWith('rag_top_questions')));

  it('are no series unless they are enabled', async () => {
    const test = await buildTestApp({ model: moody });
    await test.as('acme').ask('What is it?');
    expect(await topOf(test)).toEqual({});
  });

  it('are counted over both routes and all tenants, redacted, and 20 at most', async () => {
    const test = await buildTestApp({ model: moody, env: { TOP_QUESTIONS_ENABLED: 'true' } });
    for (const tenant of ['acme', 'other']) await test.as(tenant).ask('Is password=hunter2 right?');
    await test.as('acme').post('/v1/predict', { input: 'Is password=hunter2 right?' });
    await test.as('acme').post('/query', {});
    expect(await topOf(test)).toEqual({ 'rag_top_questions{question="Is password=[redacted] right?"}': 3 });

    for (let index = 0; index < 30; index += 1) await test.as('acme').ask(`question ${index}`);
    const top = await topOf(test);
    expect(Object.keys(top)).toHaveLength(20);
    expect(top).toMatchObject({ 'rag_top_questions{question="Is password=[redacted] right?"}': 3 });
  });
});

describe('whatever a client sends', () => {
  it('never makes a new series', async () => {
    const test = await buildTestApp({
      model: moody,
      env: { JSON_GUARD_BACKOFF_BASE_SECS: '0', JSON_GUARD_JITTER_SECS: '0' },
    });
    await exercise(test);
    // The garbage collector's series come when it first runs.
    const seriesNow = async () =>
      [...seriesOf(await scrape(test)).keys()].filter((name) => !name.startsWith('nodejs_gc_duration')).sort();
    const before = await seriesNow();

    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
    const anything = {
      session_id: name,
      mode: fc.oneof(fc.string(), fc.constantFrom('fast', 'creative')),
      priority: fc.oneof(fc.string(), fc.constantFrom('high', 'low')),
      schema: fc.oneof(fc.jsonValue(), fc.constantFrom(true, { type: 'object' })),
      fallback: fc.jsonValue(),
    };
    const request = fc.record({
      tenant: name,
      path: fc.oneof(
        fc.constantFrom('/query', '/v1/predict', '/v1/documents', '/health/llm', '/health/ready', '/costs'),
        fc.webPath(),
      ),
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH'),
      model: fc.string(),
      body: fc.oneof(
        fc.record({ question: fc.string(), ...anything }, { requiredKeys: ['question'] }),
        fc.record({ input: fc.string(), model: name, variant: name, ...anything }, { requiredKeys: ['input'] }),
      ),
      variant: name,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ tenant, path, method, model, body, variant }) => {
        const token = await signToken({ tenant, sub: variant });
        await test.app.inject({
          method: method as 'GET',
          url: `${path.startsWith('/') ? path : `/${path}`}?model=${encodeURIComponent(model)}`,
          headers: { authorization: `Bearer ${token}`, 'x-request-id': tenant, 'x-variant': variant },
          ...(method === 'GET' ? {} : { payload: body }),
        });
      }),
      { numRuns: 100 },
    );
    // What is valid but for the names that a client made up, and what is valid altogether.
    for (const [index, valid] of [
      { session_id: 's1', priority: 'high', mode: 'creative' },
      { schema: { type: 'object', title: 'made up' }, fallback: { made: 'up' } },
      { model: 'made-up' },
      { variant: 'made-up' },
      { model: 'test-model', variant: 'default', session_id: 's2' },
    ].entries()) {
      const response = await test.as(`tenant-${index}`).post('/v1/predict', { input: `input ${index}`, ...valid });
      expect(response.statusCode).toBe(/made-up/.test(JSON.stringify(valid)) ? 400 : 200);
    }
    expect(await seriesNow()).toEqual(before);
  }, 20_000);
});

/** One request of each kind: success, cached, failed, and what is refused. */
async function exercise(test: TestApp): Promise<void> {
  const client = test.as('acme');
  await client.ask('q', { session_id: 's' });
  await client.ask('q', { session_id: 's' });
  await client.post('/query', { question: 'fail', mode: 'fast' });
  await client.post('/query', {});
  await client.post('/v1/documents', { id: 'a', text: 'Some text.' });
  await client.get('/v1/documents');
  await client.remove('/v1/documents/a');
  await client.get('/costs');
  await client.get('/nowhere');
  await test.app.inject('/costs');
}
