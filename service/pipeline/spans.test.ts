import { request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../test/processes.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { recordedTracing, type RecordedTracing } from '../telemetry/testing.ts';
import { buildTestApp, modelThat, seriesOf, signToken } from '../testing.ts';
import type { GenerateRequest, LanguageModel } from '../upstreams/language-model.ts';

/** Words of questions, passages and answers: none may be in a span. */
const planted = /zeppelin|heron/i;
const question = 'How fast is the zeppelin?';
const answered = { text: 'A zeppelin flies like a heron.', used: [0], inputTokens: 100, outputTokens: 10 };
const schema = { type: 'object', properties: { heron: { type: 'boolean' } }, required: ['heron'] };

const recordings: RecordedTracing[] = [];
afterEach(() => {
  const all = recordings.splice(0).map(({ spans }) => spans());
  expect(JSON.stringify(all)).not.toMatch(planted);
});

interface SetUp {
  readonly ratio?: number;
  readonly slowSeconds?: number;
  readonly env?: Record<string, string>;
  readonly remote?: LanguageModel['remote'];
}

/** An app whose spans are kept, and whose model does what it is told, with a passage about the question. */
async function setUp(
  generate: (request: GenerateRequest) => ReturnType<Parameters<typeof modelThat>[0]>,
  { ratio = 1, slowSeconds = 5, env = {}, remote }: SetUp = {},
) {
  const tracing = recordedTracing({ ratio, slowSeconds });
  const model = { ...modelThat(generate), ...(remote && { remote }) };
  const test = await buildTestApp({ model, tracing, env });
  if (env['QDRANT_URL'] === undefined) {
    await test
      .as('acme')
      .post('/v1/documents', { id: 'z', text: 'The zeppelin flies at 80 knots, as fast as a heron.' });
  }
  recordings.push(tracing);
  const client = test.as('acme');
  /** The spans of the traces of so many questions. */
  const spans = async (questions = 1) => {
    const roots = () => tracing.spans().filter(({ name }) => name === 'POST /query');
    await until('the requests have ended', () => roots().length === questions);
    return tracing.spans().filter(({ traceId }) => roots().some((root) => root.traceId === traceId));
  };
  const span = async (name: string) => {
    const found = (await spans()).find((one) => one.name === name);
    return found ?? expect.fail(`there is no span ${name}`);
  };
  return { ...test, tracing, client, spans, span };
}

/** Each span with the one above it, in the order of their ends. */
const nested = (spans: readonly { name: string; parent: string | undefined }[]) =>
  spans.map(({ name, parent }) => `${name} < ${parent ?? '-'}`);

describe('a question', () => {
  it('is one trace, with a span for each step in the order of their ends', async () => {
    const { client, spans } = await setUp(async () => answered);
    const { trace_id } = await client.ask(question);
    const all = await spans();
    expect(nested(all)).toEqual([
      'cache < POST /query',
      'admission < POST /query',
      'retrieval < POST /query',
      'chat test-model < generation',
      'generation < POST /query',
      'POST /query < -',
    ]);
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([trace_id]));
    expect(all.map(({ status }) => status)).toEqual(Array(6).fill('UNSET'));
    expect(all.at(-1)?.kind).toBe('SERVER');
  });

  it('is found with what is known of it at its end', async () => {
    const { client, span } = await setUp(async () => answered);
    const { request_id } = await client.ask(question, { mode: 'fast', priority: 'low' });
    expect((await span('POST /query')).attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/query',
      'http.response.status_code': 200,
      'ballast.request_id': request_id,
      'ballast.tenant': 'acme',
      'ballast.model': 'test-model',
      'ballast.mode': 'fast',
      'ballast.variant': 'default',
      'ballast.priority': 'low',
      'ballast.cache': 'miss',
      'ballast.degradation': 'full',
      'ballast.tokens': 110,
      'ballast.cost_usd': 0.07,
    });
    expect((await span('cache')).attributes).toEqual({ 'ballast.cache.hit': false });
    expect((await span('retrieval')).attributes).toEqual({
      'ballast.retrieval.top_k': 5,
      'ballast.retrieval.passages': 1,
    });
  });

  it('is in the trace of its caller, below its span', async () => {
    const { client, span } = await setUp(async () => answered, { ratio: 0 });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await client.post('/query', { question }, { traceparent });
    expect(await span('POST /query')).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parent: '00f067aa0ba902b7',
    });
  });

  it('that is asked again is answered by the cache alone', async () => {
    const { client, tracing, spans } = await setUp(async () => answered);
    await client.ask(question);
    const { trace_id } = await client.ask(question);
    await spans(2);
    const again = tracing.spans().filter(({ traceId }) => traceId === trace_id);
    expect(nested(again)).toEqual(['cache < POST /query', 'POST /query < -']);
    expect(again[0]?.attributes).toEqual({ 'ballast.cache.hit': true, 'ballast.cache.fresh': true });
    expect(again[1]?.attributes).toMatchObject({ 'ballast.cache': 'hit', 'ballast.tokens': 0, 'ballast.cost_usd': 0 });
  });
});

it.each([
  { what: 'when all is chosen', ratio: 1, slowSeconds: 5 },
  { what: 'when nothing is chosen, however slow it is', ratio: 0, slowSeconds: 0 },
])('a probe has no span $what', async ({ ratio, slowSeconds }) => {
  const { client, spans, tracing } = await setUp(async () => answered, { ratio, slowSeconds });
  await client.get('/health');
  await client.ask(question);
  await spans();
  const requests = tracing.spans().filter(({ kind }) => kind === 'SERVER');
  expect(requests.map(({ name }) => name)).toEqual(['POST /v1/documents', 'POST /query']);
});

describe('a question that nobody chose', () => {
  const broken = () => Promise.reject(new Error('a zeppelin broke'));

  it('has the span of its request alone when it failed, which says as much, and how long it took', async () => {
    const { client, spans } = await setUp(() => sleep(20).then(broken), { ratio: 0 });
    await client.post('/query', { question });
    const all = await spans();
    expect(nested(all)).toEqual(['POST /query < -']);
    expect(all[0]).toMatchObject({
      kind: 'SERVER',
      sampled: true,
      status: 'ERROR',
      attributes: { 'http.route': '/query', 'ballast.tenant': 'acme', 'error.type': 'internal' },
    });
    expect(all[0]?.duration).toBeGreaterThanOrEqual(19);
    expect(Object.keys(all[0]?.attributes ?? {}).filter((name) => /gen_ai|retrieval|cache\./.test(name))).toEqual([]);
  });

  it('has a span when it was slow, which is no failure', async () => {
    const { client, span } = await setUp(() => sleep(60).then(() => answered), { ratio: 0, slowSeconds: 0.05 });
    await client.ask(question);
    expect(await span('POST /query')).toMatchObject({ status: 'UNSET', sampled: true });
  });

  it('has none when it was neither', async () => {
    const { client, spans, tracing } = await setUp(
      ({ question }) => (question.includes('first') ? Promise.resolve(answered) : broken()),
      { ratio: 0 },
    );
    await client.ask('What is the first?');
    await client.post('/query', { question });
    expect(await spans()).toEqual(tracing.spans());
  });

  it('goes on by the ID that upstreams know its span by, below that of a caller who left it out', async () => {
    const sent: Record<string, string>[] = [];
    const { client, span } = await setUp(({ trace }) => {
      sent.push(trace?.headers() ?? {});
      return broken();
    });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
    await client.post('/query', { question }, { traceparent });
    const { traceId, spanId, parent } = await span('POST /query');
    expect(sent[0]?.['traceparent']).toBe(`00-${traceId}-${spanId}-00`);
    expect({ traceId, parent }).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parent: '00f067aa0ba902b7' });
  });
});

describe('a call to a model', () => {
  const remote = {
    model: 'vendor/test',
    address: 'llm.example',
    port: 4000,
    temperatures: { creative: 0.9, balanced: 0.3, fast: 0 },
  };

  it('is described by the conventions for generative AI', async () => {
    const { client, span } = await setUp(async () => ({ ...answered, finish: 'length' }), { remote });
    await client.ask(question);
    const { kind, attributes } = await span('chat vendor/test');
    expect(kind).toBe('CLIENT');
    expect(attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'vendor/test',
      'gen_ai.request.max_tokens': 1024,
      'gen_ai.request.temperature': 0.3,
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.cost': 0.07,
      'server.address': 'llm.example',
      'server.port': 4000,
      'ballast.model': 'test-model',
      'ballast.mode': 'balanced',
    });
  });

  it('in this process is no client’s', async () => {
    const { client, span } = await setUp(async () => answered);
    await client.ask(question);
    const { kind, attributes } = await span('chat test-model');
    expect(kind).toBe('INTERNAL');
    expect(attributes).toMatchObject({ 'gen_ai.provider.name': 'ballast' });
    expect(attributes).not.toHaveProperty('server.address');
  });

  it('that failed has a span of its own beside the one that answered', async () => {
    let calls = 0;
    const { client, spans } = await setUp(
      async () => {
        calls += 1;
        if (calls > 1) return answered;
        throw new UpstreamError('test-model', 'server', 'answered with status 503, secret=planted', { status: 503 });
      },
      { remote },
    );
    await client.ask(question);
    const all = await spans();
    const [first, second] = all.filter(({ name }) => name.startsWith('chat'));
    expect(first).toMatchObject({
      parent: 'generation',
      status: 'ERROR',
      message: 'test-model: answered with status 503, secret=[redacted]',
      attributes: { 'error.type': 'server', 'gen_ai.response.finish_reasons': ['error'] },
    });
    expect(second).toMatchObject({ parent: 'generation', status: 'UNSET' });
    expect(second?.attributes).not.toHaveProperty('error.type');
    expect(all.find(({ name }) => name === 'generation')).toMatchObject({ status: 'UNSET' });
  });

  it('that broke is told by its class, up to the request', async () => {
    const { client, spans } = await setUp(() => Promise.reject(new TypeError('a zeppelin is not a heron')));
    expect((await client.post('/query', { question })).statusCode).toBe(500);
    const broken = (await spans()).filter(({ status }) => status === 'ERROR');
    expect(broken.map(({ name, message, attributes }) => [name, message, attributes['error.type']])).toEqual([
      ['chat test-model', undefined, 'TypeError'],
      ['generation', undefined, 'TypeError'],
      ['POST /query', undefined, 'internal'],
    ]);
    expect(broken[2]?.attributes).toMatchObject({
      'http.response.status_code': 500,
      'ballast.error': 'internal',
      'ballast.incident': expect.any(String) as string,
    });
  });
});

it('an answer to a schema has a span for each look at it, beside that of each call', async () => {
  const texts = ['no heron', '{"heron": "yes"}', '{"heron": true}'];
  const { client, spans } = await setUp(async () => ({ ...answered, text: texts.shift() ?? '' }), {
    env: { JSON_GUARD_BACKOFF_BASE_SECS: '0.01', JSON_GUARD_JITTER_SECS: '0' },
  });
  await client.ask(question, { schema });
  const below = (await spans()).filter(({ parent }) => parent === 'generation');
  expect(below.map(({ name }) => name)).toEqual([
    'chat test-model',
    'guard',
    'chat test-model',
    'guard',
    'chat test-model',
    'guard',
  ]);
  expect(below.filter(({ name }) => name === 'guard').map(({ attributes }) => attributes)).toEqual([
    { 'ballast.guard.attempt': 1, 'ballast.guard.valid': false },
    { 'ballast.guard.attempt': 2, 'ballast.guard.valid': false },
    { 'ballast.guard.attempt': 3, 'ballast.guard.valid': true },
  ]);
});

it('a search that failed is seen, though the question is answered without passages', async () => {
  // Nothing listens on port 1, and nothing that is not root could.
  const away = { QDRANT_URL: 'http://127.0.0.1:1', TEI_URL: 'http://127.0.0.1:1' };
  const { client, spans } = await setUp(async () => answered, { env: away });
  await client.ask(question);
  const all = await spans();
  expect(all.find(({ name }) => name === 'retrieval')).toMatchObject({
    parent: 'POST /query',
    status: 'ERROR',
    attributes: { 'ballast.retrieval.top_k': 5, 'error.type': 'connection' },
  });
  expect(all.find(({ name }) => name === 'POST /query')).toMatchObject({
    status: 'UNSET',
    attributes: { 'ballast.degradation': 'cached' },
  });
});

it('a question that joins another’s work leads to that work’s trace', async () => {
  const end = Promise.withResolvers<typeof answered>();
  const { app, client, spans } = await setUp(() => end.promise);
  const asked = [client.ask(question), client.ask(question)];
  const active = async () => seriesOf((await app.inject('/metrics')).body).get('rag_active_queries');
  await until('both wait', async () => (await active()) === 2);
  end.resolve(answered);
  await Promise.all(asked);

  const all = await spans(2);
  const join = all.find(({ name }) => name === 'join') ?? expect.fail('nobody joined');
  const led = all.find(({ name, traceId }) => name === 'POST /query' && traceId !== join.traceId);
  expect(join).toMatchObject({ parent: 'POST /query', status: 'UNSET' });
  expect(join.links).toEqual([{ traceId: led?.traceId, spanId: led?.spanId }]);
  expect(nested(all.filter(({ traceId }) => traceId === join.traceId))).toEqual([
    'cache < POST /query',
    'join < POST /query',
    'POST /query < -',
  ]);
});

it('a stale answer is renewed in a trace of its own, which leads to the question that found it', async () => {
  const requestIds: unknown[] = [];
  const { client, tracing } = await setUp(
    async ({ trace }) => {
      requestIds.push(trace?.requestId);
      return answered;
    },
    { env: { MEMORY_CACHE_TTL_SECS: '1' } },
  );
  await client.ask(question);
  const renewal = () => tracing.spans().find(({ name }) => name === 'renewal');
  await until('it is renewed', async () => {
    await client.ask(question);
    return renewal() !== undefined;
  });

  const { traceId, links } = renewal() ?? expect.unreachable('it is there');
  const below = tracing.spans().filter((span) => span.traceId === traceId);
  expect(nested(below)).toEqual([
    'admission < renewal',
    'retrieval < renewal',
    'chat test-model < generation',
    'generation < renewal',
    'renewal < -',
  ]);
  const finder = tracing.spans().find(({ spanId }) => spanId === links[0]?.spanId);
  expect(finder).toMatchObject({ name: 'POST /query', attributes: { 'ballast.cache': 'hit' } });
  expect(requestIds[1]).toBe(finder?.attributes['ballast.request_id']);
});

it('a stream that failed after its status was sent has failed', async () => {
  const { client, spans } = await setUp(async ({ onText }) => {
    onText?.('A zeppelin');
    throw new UpstreamError('test-model', 'cut', 'the connection was lost');
  });
  const { statusCode, body } = await client.post('/query', { question, stream: true });
  expect([statusCode, body.includes('event: error')]).toEqual([200, true]);
  const root = (await spans()).at(-1);
  expect(root).toMatchObject({
    status: 'ERROR',
    attributes: { 'http.response.status_code': 200, 'error.type': 'unavailable', 'ballast.error': 'unavailable' },
  });
});

it('a request that its client got wrong has not failed', async () => {
  const { client, spans } = await setUp(async () => answered);
  await client.post('/query', { question, mode: 'heron' });
  const [root] = await spans();
  expect(root).toMatchObject({
    status: 'UNSET',
    attributes: { 'http.response.status_code': 400, 'ballast.error': 'bad_request' },
  });
  expect(root?.attributes).not.toHaveProperty('error.type');
});

it('a client that leaves ends its spans, none of which failed', async () => {
  const begun = Promise.withResolvers<undefined>();
  const { app, spans } = await setUp(({ signal }) => {
    begun.resolve(undefined);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${await signToken()}`, 'content-type': 'application/json' };
  const client = send({ port, path: '/query', method: 'POST', headers, agent: false });
  client.on('error', () => undefined).end(JSON.stringify({ question }));
  onTestFinished(() => void client.destroy());
  await begun.promise;
  client.destroy();

  const all = await spans();
  await until('the work has ended', async () => (await spans()).some(({ name }) => name === 'generation'));
  expect(all.find(({ name }) => name === 'POST /query')).toMatchObject({
    status: 'UNSET',
    attributes: { 'ballast.error': 'client_closed' },
  });
  expect((await spans()).filter(({ parent }) => parent === 'generation')).toMatchObject([
    { status: 'UNSET', attributes: { 'error.type': 'NobodyWaitsError', 'gen_ai.response.finish_reasons': ['error'] } },
  ]);
});
