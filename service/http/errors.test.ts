import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { freePort, until } from '../../test/processes.ts';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { BudgetExceededError } from '../limits/budget-exceeded-error.ts';
import { ClientGoneError } from '../pipeline/errors.ts';
import { DrainingError } from '../resilience/lifecycle.ts';
import { ShedError } from '../resilience/shed-error.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { buildTestApp, modelThat, problemIn, signToken, type TestApp } from '../testing.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';

const failing = (error: unknown) =>
  modelThat(async () => {
    throw error;
  });

async function metricsOf({ app }: TestApp): Promise<string> {
  return (await app.inject('/metrics')).body;
}

describe('an unexpected error', () => {
  it('is 500 without its message or stack', async () => {
    const test = await buildTestApp({ model: failing(new Error('database password is hunter2')) });
    const response = await test.as('acme').post('/query', { question: 'q' });

    expect(problemIn(response)).toEqual({
      type: 'about:blank',
      title: 'Internal error',
      status: 500,
      detail: 'something went wrong here; the request ID finds it in the logs',
      error: 'Internal error',
      request_id: response.headers['x-request-id'],
    });
    expect(response.body).not.toContain('hunter2');
  });

  it('is one incident however often it happens, and is counted each time', async () => {
    const test = await buildTestApp({ model: failing(new TypeError('cannot read passage 17')) });
    const client = test.as('acme');
    const ids: unknown[] = [];
    for (let time = 0; time < 3; time += 1) {
      ids.push((await client.post('/query', { question: `q ${time}` })).headers['x-request-id']);
    }

    expect((await client.get('/incidents')).json()).toEqual({
      incidents: [
        {
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
          error: 'TypeError',
          message: 'cannot read passage 17',
          route: '/query',
          dependency: null,
          count: 3,
          first_seen: expect.any(String) as string,
          last_seen: expect.any(String) as string,
          request_ids: ids,
          trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        },
      ],
    });
    const text = await metricsOf(test);
    expect(text).toContain('\nincidents_total 3\n');
    expect(text).toContain('rag_queries_total{status="error",variant="default"} 3');
    expect(text).toContain('rag_errors_total{type="internal"} 3');
    expect(text).toContain('llm_request_failures_total{model="test-model"} 3');
  });

  it('is found in the log by its request ID, with its stack', async () => {
    const test = await buildTestApp({ model: failing(new Error('it broke')) });
    const response = await test.as('acme').post('/query', { question: 'q' });
    const id = response.headers['x-request-id'];

    const entry = test.log().find(({ msg }) => msg === 'unexpected error');
    expect(entry).toMatchObject({
      level: 'error',
      request_id: id,
      trace_id: test.services.incidents.list()[0]?.trace_id,
      err: { type: 'Error', message: 'it broke', stack: expect.stringContaining('errors.test.ts') as string },
    });
    const [incident] = test.services.incidents.list();
    expect(entry?.['incident']).toBe(incident?.fingerprint);
    const request = test.log().find(({ msg }) => msg === 'request');
    expect(request).toMatchObject({ level: 'error', request_id: id, status: 500, incident: incident?.fingerprint });
  });

  it.each([400, 401, 404, 429, 503])('of an upstream that says %d is ours, not the client’s', async (statusCode) => {
    const error = Object.assign(new Error('key sk-secret-of-ours is wrong'), { statusCode, code: 'UPSTREAM' });
    const test = await buildTestApp({ model: failing(error) });
    const response = await test.as('acme').post('/query', { question: 'q' });

    expect(problemIn(response).status).toBe(500);
    expect(response.body).not.toContain('sk-secret');
  });

  it.each(['a string', undefined, null, 42])('that is %j instead of an Error is 500 too', async (thrown) => {
    const test = await buildTestApp({ model: failing(thrown) });
    const response = await test.as('acme').post('/query', { question: 'q' });

    expect(problemIn(response).status).toBe(500);
    expect(test.services.incidents.list()).toHaveLength(1);
  });
});

describe('a request that we fail', () => {
  const away = () => new UpstreamError('test-model', 'server', 'answered with status 500');

  it('because a model is away is an incident of that model', async () => {
    const test = await buildTestApp({ model: failing(away()), env: { AUTO_DOWNSHIFT_ENABLED: 'false' } });
    const response = await test.as('acme').post('/v1/predict', { input: 'a private question', mode: 'fast' });

    expect(problemIn(response).status).toBe(503);
    const [incident, ...others] = test.services.incidents.list();
    expect(incident).toMatchObject({
      error: 'UnavailableError',
      message: 'no model can answer at the moment',
      route: '/v1/predict',
      dependency: 'test-model',
      request_ids: [response.headers['x-request-id']],
    });
    expect(others).toEqual([]);
    expect(await metricsOf(test)).toContain('\nincidents_total 1\n');
    expect(test.log().find(({ msg }) => msg === 'request')?.['incident']).toBe(incident?.fingerprint);
    expect(test.log().find(({ cause }) => cause !== undefined)).toMatchObject({
      level: 'warn',
      request_id: response.headers['x-request-id'],
      incident: incident?.fingerprint,
      dependency: 'test-model',
      cause: 'test-model: answered with status 500',
    });
    expect(JSON.stringify(test.log())).not.toContain('private');
  });

  it('because of what we found wrong ourselves is an incident, though a further try would not do', async () => {
    const wrong = new UpstreamError('vector_db', 'rejected', 'has vectors of another length');
    const test = await buildTestApp({ model: failing(wrong), env: { AUTO_DOWNSHIFT_ENABLED: 'false' } });
    const response = await test.as('acme').post('/v1/predict', { input: 'a', mode: 'fast' });
    expect(problemIn(response).status).toBe(503);
    expect(test.services.incidents.list()).toMatchObject([{ dependency: 'vector_db' }]);
  });

  it('in the middle of a stream is an incident too', async () => {
    const model = modelThat(async ({ onText }) => {
      onText?.('The first words');
      throw away();
    });
    const test = await buildTestApp({ model });
    const response = await test.as('acme').post('/query', { question: 'q', stream: true });

    expect([response.statusCode, response.body]).toEqual([200, expect.stringContaining('event: error')]);
    expect(test.services.incidents.list()).toMatchObject([{ error: 'UpstreamError', dependency: 'test-model' }]);
  });

  it('by its deadline is an incident, unless the client shortened it', async () => {
    const model = modelThat(() => new Promise<never>(() => undefined));
    const test = await buildTestApp({ model, env: { REQUEST_TIMEOUT_SECS: '0.05' } });
    const client = test.as('acme');
    const shortened = await client.post('/query', { question: 'a' }, { 'request-timeout-secs': '0.04' });
    expect(problemIn(shortened).status).toBe(504);
    expect(test.services.incidents.list()).toEqual([]);

    const ours = await client.post('/query', { question: 'b' }, { 'request-timeout-secs': '5' });
    expect(problemIn(ours).status).toBe(504);
    expect(test.services.incidents.list()).toMatchObject([{ error: 'DeadlineError', route: '/query', count: 1 }]);
  });
});

describe('no incident', () => {
  it.each([
    new DrainingError(),
    new ShedError('queue_full', 1),
    new BudgetExceededError('too little is left', 60),
    new SchemaValidatorBusyError(),
    new PromptTooLongError('too long'),
    new ClientGoneError(),
  ])('is a refusal: $name', async (error) => {
    const test = await buildTestApp({ model: failing(error) });
    const response = await test.as('acme').post('/query', { question: 'q' });

    expect(problemIn(response).status).not.toBe(500);
    expect(test.services.incidents.list()).toEqual([]);
    expect(await metricsOf(test)).toContain('\nincidents_total 0\n');
  });

  it('is a request that an upstream rejects, before its answer begins or in the middle of a stream', async () => {
    const model = modelThat(async ({ question, onText }) => {
      if (question === 'stream') onText?.('The first words');
      throw new UpstreamError('test-model', 'rejected', 'answered with status 400', { status: 400 });
    });
    const test = await buildTestApp({ model, env: { AUTO_DOWNSHIFT_ENABLED: 'false' } });
    const client = test.as('acme');
    expect(problemIn(await client.post('/v1/predict', { input: 'a', mode: 'fast' })).status).toBe(503);
    const stream = await client.post('/query', { question: 'stream', stream: true });
    expect(stream.body).toContain('event: error');
    expect(test.services.incidents.list()).toEqual([]);
  });

  it('is a token that cannot be checked yet', async () => {
    const env = { JWT_SECRET: '', JWKS_URL: `http://127.0.0.1:${await freePort()}/keys` };
    const test = await buildTestApp({ env, start: false });
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256', kid: 'k' })}.${part({ sub: 'anybody' })}.${part({})}`;
    const response = await test.app.inject({ url: '/costs', headers: { authorization: `Bearer ${token}` } });

    expect(problemIn(response)).toMatchObject({ status: 503, error: 'Keys unavailable' });
    expect(test.services.incidents.list()).toEqual([]);
  });
});

describe('what is not there', () => {
  it.each([
    ['GET', '/nowhere'],
    ['PUT', '/query'],
    ['PATCH', '/v1/documents'],
    ['GET', '/query'],
    ['POST', '/health'],
  ] as const)('%s %s is 404, with or without a token', async (method, url) => {
    const { app } = await buildTestApp({ start: false });
    const response = await app.inject({ method, url: `${url}?x=1` });
    expect(problemIn(response)).toMatchObject({ status: 404, detail: `there is no ${method} ${url}` });
  });

  it('is named without the secrets in its path, or in the fields of a body', async () => {
    const { app, as } = await buildTestApp();
    const path = await app.inject(`/x/${encodeURIComponent('api_key=planted')}/y`);
    expect(problemIn(path).detail).toBe('there is no GET /x/api_key=[redacted]');
    const body = await as('acme').post('/v1/predict', { input: 'x', model: 'api_key=planted' });
    expect(problemIn(body)).toMatchObject({ status: 400, errors: [{ field: 'model' }] });
    expect(body.body).not.toContain('planted');
  });

  it('may have what is no UTF-8 behind its path', async () => {
    const { app, services } = await buildTestApp();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const [response] = (await once(get({ port, path: '/nope#%' }), 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([
      404,
      expect.stringContaining('there is no GET /nope"'),
    ]);
    expect(services.incidents.list()).toEqual([]);
  });

  it('may have a path that is no UTF-8', async () => {
    const { app } = await buildTestApp({ start: false });
    expect(problemIn(await app.inject('/%ff')).status).toBe(400);
  });
});

describe('a URL', () => {
  it.each(['/%zz', '/v1/documents/%ff', '/%'])('with bad percent-encoding is 400: %s', async (url) => {
    const test = await buildTestApp({ start: false });
    const response = await test.app.inject({ method: 'DELETE', url: `${url}?access_token=eyJhbGciOi` });

    expect(problemIn(response)).toMatchObject({ status: 400, error: 'Invalid request' });
    expect(response.body).not.toContain('eyJhbGciOi');
    expect(await metricsOf(test)).toContain('rag_errors_total{type="bad_request"} 1');
  });

  it('may have 4,096 characters, and no more', async () => {
    const { app } = await buildTestApp({ start: false });
    const query = (length: number) => `/health?${'a'.repeat(length - '/health?'.length)}`;

    expect((await app.inject(query(4_096))).statusCode).toBe(200);
    const response = await app.inject(query(4_097));
    expect(problemIn(response)).toMatchObject({ status: 414, error: 'URL too long' });
  });

  it('may not be longer in one part either', async () => {
    const { app } = await buildTestApp({ start: false });
    const response = await app.inject({ method: 'DELETE', url: `/v1/documents/${'a'.repeat(5_000)}` });
    expect(problemIn(response)).toMatchObject({ status: 414, error: 'URL too long' });
  });
});

it('a client that leaves in the middle of its body is no incident', async () => {
  const test = await buildTestApp();
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = test.app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  const head = ['POST /query HTTP/1.1', 'Host: x', `Authorization: Bearer ${await signToken()}`];
  socket.write(
    [...head, 'Content-Type: application/json', 'Content-Length: 99', 'Expect: 100-continue', '', '{'].join('\r\n'),
  );
  await once(socket, 'data');
  socket.destroy();
  await until('it is counted', async () =>
    (await test.app.inject('/metrics')).body.includes('rag_errors_total{type="client_closed"} 1'),
  );
  expect(test.services.incidents.list()).toEqual([]);
});
