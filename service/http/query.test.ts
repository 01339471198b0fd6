import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildTestApp, modelThat, problemIn, signToken, type TestApp, type TestClient } from '../testing.ts';

let test: TestApp;
let client: TestClient;
beforeAll(async () => {
  test = await buildTestApp();
  client = test.as('acme');
  await client.post('/v1/documents', { id: 'teapots.md', text: '# Teapots\n\nA teapot holds tea. It has a spout.' });
});

describe('a question', () => {
  it('is answered from the documents, with its sources', async () => {
    const response = await client.post('/query', { question: 'What does a teapot hold?' });

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      answer: expect.stringContaining('A teapot holds tea. [1]') as string,
      citations: [
        { id: 'teapots.md#teapots', title: 'Teapots', score: 1, snippet: 'A teapot holds tea. It has a spout.' },
      ],
      cached: false,
      model: 'embedded-extractive',
      variant: 'default',
      degradation: 'full',
      tokens: { input: 13, output: expect.any(Number) as number },
      cost_usd: 0,
      request_id: response.headers['x-request-id'],
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
  });

  it('has the same answer under /v1', async () => {
    const response = await client.post('/v1/query', { question: 'What has a spout?' });
    expect(response.json()).toMatchObject({ answer: expect.stringContaining('It has a spout.') as string });
  });

  it('about nothing in the documents is told so', async () => {
    expect(await client.ask('Who won the chess tournament?')).toMatchObject({
      answer: 'I found nothing about this in the documents.',
      citations: [],
    });
  });

  it('with nothing but punctuation is told so', async () => {
    expect((await client.ask('?!')).citations).toEqual([]);
  });

  it('may have 4,000 characters, and no more', async () => {
    expect((await client.post('/query', { question: 'a'.repeat(4_000) })).statusCode).toBe(200);
    for (const length of [4_001, 10_000]) {
      const response = await client.post('/query', { question: 'a'.repeat(length) });
      expect(problemIn(response)).toMatchObject({
        status: 400,
        errors: [{ field: 'question', message: expect.stringContaining('4000') as string }],
      });
    }
  });

  it('may hold tabs and line ends, any language and emoji', async () => {
    expect((await client.post('/query', { question: 'Was\tist\r\neine Teekanne? 茶壶 🫖' })).statusCode).toBe(200);
  });
});

const badBodies: [why: string, body: unknown, field: string, message: string][] = [
  ['no question', {}, 'question', 'expected string'],
  ['an empty question', { question: '' }, 'question', 'must not be empty'],
  ['a blank question', { question: ' \n\t' }, 'question', 'must not be empty'],
  ['a question that is a number', { question: 1 }, 'question', 'expected string'],
  ['a control character', { question: 'a\u0000b' }, 'question', 'U+0000 at position 1'],
  ['an escape character', { question: '\u001b[31mred' }, 'question', 'U+001B at position 0'],
  ['half a surrogate pair', '{"question":"a\\ud800b"}', 'question', 'half of a surrogate pair'],
  ['a session with a space', { question: 'q', session_id: 'a b' }, 'session_id', 'must be 1 to 128'],
  ['a session that is too long', { question: 'q', session_id: 'a'.repeat(129) }, 'session_id', 'must be 1 to 128'],
  ['an unknown mode', { question: 'q', mode: 'slow' }, 'mode', '"creative"|"balanced"|"fast"'],
  ['no passages', { question: 'q', top_k: 0 }, 'top_k', '>=1'],
  ['too many passages', { question: 'q', top_k: 21 }, 'top_k', '<=20'],
  ['part of a passage', { question: 'q', top_k: 1.5 }, 'top_k', 'int'],
  ['an unknown priority', { question: 'q', priority: 'urgent' }, 'priority', '"high"|"normal"|"low"'],
  ['streaming that is no boolean', { question: 'q', stream: 'yes' }, 'stream', 'expected boolean'],
  [
    'an unknown field',
    { question: 'q', topk: 3 },
    'body',
    'unknown field "topk"; allowed: question, top_k, session_id, mode',
  ],
  ['a list', [], 'body', 'expected object'],
  ['null', 'null', 'body', 'expected object'],
];

describe('a bad request', () => {
  it.each(badBodies)('with %s is told which field is wrong and why', async (_why, body, field, message) => {
    const response = await client.post('/query', body);

    expect(response.statusCode).toBe(400);
    expect(problemIn(response).errors).toEqual([{ field, message: expect.stringContaining(message) as string }]);
  });

  it('is told everything that is wrong at once', async () => {
    const problem = problemIn(await client.post('/query', { question: '', mode: 'x', top_k: 99 }));
    expect(problem.errors?.map(({ field }) => field).sort()).toEqual(['mode', 'question', 'top_k']);
  });

  it.each([
    ['JSON that breaks off', '{"question": "q'],
    ['a __proto__ key', '{"question":"q","__proto__":{"admin":true}}'],
    ['a constructor key', '{"question":"q","constructor":{"prototype":{"admin":true}}}'],
    ['nothing', ''],
  ])('of %s is 400', async (_what, body) => {
    const response = await client.post('/query', body);

    expect(problemIn(response)).toMatchObject({ status: 400, error: 'Invalid request' });
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense;;', 'application/xml'])(
    'of the type %s is 415, and names the right one',
    async (type) => {
      const response = await client.post('/query', '{"question":"q"}', { 'content-type': type });

      expect(problemIn(response)).toMatchObject({ status: 415, error: 'Unsupported content type' });
      expect(response.body).toContain('application/json');
    },
  );

  it('with tens of thousands of unknown fields is told of a few', async () => {
    const fields = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`field-${n}`, n]));
    const response = await client.post('/query', { question: 'q', ...fields });
    expect(problemIn(response).detail).toContain('"field-4" and 49995 more; allowed: question');
    expect(response.body.length).toBeLessThan(2_000);
  });

  it('in an encoding that nobody knows is 415, and says which is meant', async () => {
    const response = await client.post('/query', '{"question":"q"}', { 'content-encoding': 'zip' });
    expect(problemIn(response).status).toBe(415);
    expect(problemIn(response).detail).toMatch(/content encoding|zip/i);
  });

  it('without a type is 415', async () => {
    const headers = { authorization: `Bearer ${await signToken()}` };
    const response = await test.app.inject({
      method: 'POST',
      url: '/query',
      headers,
      payload: Buffer.from('{"question":"q"}'),
    });
    expect(problemIn(response)).toMatchObject({ status: 415, detail: expect.stringContaining('nothing') as string });
  });

  it('over 1 MB is 413', async () => {
    const response = await client.post('/query', { question: 'a'.repeat(1_048_576) });
    expect(problemIn(response)).toMatchObject({ status: 413, error: 'Body too large' });
    expect(response.body).toContain('1048576');
  });
});

describe('a deadline', () => {
  const hanging = () => modelThat(() => new Promise<never>(() => undefined));

  it('ends a question with 504, even when the model ignores it', async () => {
    const { app, as, services } = await buildTestApp({ model: hanging(), env: { REQUEST_TIMEOUT_SECS: '0.05' } });
    const response = await as('acme').post('/query', { question: 'q' });

    expect(problemIn(response)).toMatchObject({ status: 504, error: 'Deadline exceeded', retry_after: 1 });
    expect(response.headers['retry-after']).toBe('1');
    expect(response.body).toContain('0.05 s');
    const text = (await app.inject('/metrics')).body;
    expect(text).toContain('rag_errors_total{type="deadline"} 1');
    expect(text).toContain('rag_queries_total{status="error",variant="default"} 1');
    expect(text).toContain('rag_active_queries 0');
    expect(services.incidents.list()).toMatchObject([{ error: 'DeadlineError', route: '/query', dependency: null }]);
  });

  it('is lowered by Request-Timeout-Secs', async () => {
    const { as } = await buildTestApp({ model: hanging() });
    const response = await as('acme').post('/query', { question: 'q' }, { 'request-timeout-secs': '0.03' });
    expect(problemIn(response)).toMatchObject({ status: 504, detail: 'no answer within 0.03 s' });
  });

  it('is not raised by Request-Timeout-Secs', async () => {
    const { as } = await buildTestApp({ model: hanging(), env: { REQUEST_TIMEOUT_SECS: '0.05' } });
    const response = await as('acme').post('/query', { question: 'q' }, { 'request-timeout-secs': '99999999999' });
    expect(problemIn(response)).toMatchObject({ status: 504, detail: 'no answer within 0.05 s' });
  });

  it.each(['0', '-1', 'abc', '1e3', '', ' ', '1,5', 'Infinity', '0.0'])('cannot be set to %j', async (value) => {
    const response = await client.post('/query', { question: 'q' }, { 'request-timeout-secs': value });
    expect(problemIn(response)).toMatchObject({
      status: 400,
      detail: 'the header Request-Timeout-Secs must be a number above 0',
    });
  });

  it('tells the model that its time is over', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<unknown>();
    const model = modelThat(({ signal }) => {
      signal.addEventListener('abort', () => resolve(signal.reason));
      return new Promise<never>(() => undefined);
    });
    const { as } = await buildTestApp({ model, env: { REQUEST_TIMEOUT_SECS: '0.05' } });
    await as('acme').post('/query', { question: 'q' });
    expect(await aborted).toBeInstanceOf(Error);
  });
});

describe('any JSON value as a body', () => {
  it('gives an answer or problem details, never an error of ours', async () => {
    const fieldValue = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }));
    const nearly = fc.record(
      {
        question: fc.oneof(fc.string({ unit: 'grapheme' }), fieldValue),
        session_id: fieldValue,
        mode: fc.oneof(fc.constantFrom('creative', 'balanced', 'fast'), fieldValue),
        top_k: fc.oneof(fc.integer({ min: -1, max: 25 }), fieldValue),
        priority: fieldValue,
        stream: fieldValue,
      },
      { requiredKeys: ['question'] },
    );
    const before = test.services.incidents.list().length;
    await fc.assert(
      fc.asyncProperty(fc.oneof(nearly, fc.jsonValue()), async (body) => {
        const response = await client.post('/query', JSON.stringify(body));
        if (response.statusCode === 200) return;
        expect(response.statusCode).toBeGreaterThanOrEqual(400);
        expect(response.statusCode).toBeLessThan(500);
        problemIn(response);
      }),
      { numRuns: 300 },
    );
    expect(test.services.incidents.list()).toHaveLength(before);
  });

  it('that is only a question is answered', async () => {
    const question = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    const printable = question.filter((text) => text.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(text));
    await fc.assert(
      fc.asyncProperty(printable, async (text) => {
        expect((await client.post('/query', { question: text })).statusCode).toBe(200);
      }),
      { numRuns: 200 },
    );
  });
});
