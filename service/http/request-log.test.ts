import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { requestLine } from '../contract/log-line.ts';
import { errorTypes } from '../contract/metrics.ts';
import { buildTestApp, modelThat, seriesOf, signToken, type TestApp } from '../testing.ts';

const question = 'What is the planted-question about zeppelins?';
const text = 'A zeppelin is a planted-answer with zeppelins.';

let test: TestApp;
beforeAll(async () => {
  test = await buildTestApp();
  await test.as('acme').post('/v1/documents', { id: 'z', text });
});

/** The last line about a request. */
const lastLine = () => test.log().findLast(({ msg }) => msg === 'request');

describe('the line of a request', () => {
  it('says who asked what kind of thing, and what it took', async () => {
    const answer = await test.as('acme').ask(question, { mode: 'fast', priority: 'low' });

    expect(lastLine()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      service: 'ballast',
      version: '0.0.0-test',
      msg: 'request',
      request_id: answer.request_id,
      trace_id: answer.trace_id,
      tenant: 'acme',
      method: 'POST',
      route: '/query',
      status: 200,
      duration_ms: expect.any(Number) as number,
      model: 'embedded-extractive',
      mode: 'fast',
      variant: 'default',
      priority: 'low',
      degradation: 'full',
      tokens: answer.tokens.input + answer.tokens.output,
      input_tokens: answer.tokens.input,
      output_tokens: answer.tokens.output,
      cost_usd: 0,
      cache: 'miss',
    });
  });

  it('says when the cache answered', async () => {
    await test.as('acme').ask(question);
    await test.as('acme').ask(question);
    expect(lastLine()).toMatchObject({ cache: 'hit', tokens: 0 });
  });

  it('names the route, not the path, and the kind of error', async () => {
    await test.as('acme').remove('/v1/documents/planted-id');
    expect(lastLine()).toMatchObject({ route: '/v1/documents/:id', status: 404, error: 'not_found', level: 'info' });
    await test.app.inject('/planted-path?x=planted');
    expect(lastLine()).toMatchObject({ route: 'unknown', status: 404, error: 'not_found' });
    expect(lastLine()).not.toHaveProperty('tenant');
  });

  it.each(['/health', '/health/ready', '/ready', '/metrics'])('is at debug for the probe %s', async (url) => {
    await test.app.inject(url);
    expect(lastLine()).toMatchObject({ level: 'debug', route: url });
  });

  it('has the fields that the contract names, and no others', () => {
    const lines = test.log().filter(({ msg }) => msg === 'request');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(requestLine.safeParse(line).error, JSON.stringify(line)).toBeUndefined();
  });

  it('is one line for each request', async () => {
    const before = test.log().length;
    await test.app.inject('/');
    await test.app.inject('/costs');
    expect(test.log()).toHaveLength(before + 2);
  });
});

describe('a request on a connection has exactly one line', () => {
  const patience = { timeout: 10_000 };
  let listening: TestApp;
  let port: number;
  let token: string;
  let asked = 0;
  beforeAll(async () => {
    const model = modelThat(({ signal, onText }) => {
      asked += 1;
      onText?.('The first of it ');
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    listening = await buildTestApp({ model, env: { REQUEST_TIMEOUT_SECS: '1' } });
    await listening.as('acme').post('/v1/documents', { id: 'z', text });
    await listening.app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = listening.app.server.address() as AddressInfo);
    token = await signToken({ tenant: 'acme' });
  });

  const request = (...lines: string[]) =>
    [
      'POST /query HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      'Expect: 100-continue',
      ...lines,
    ].join('\r\n');
  const ask = (body: object) => {
    const json = JSON.stringify(body);
    return request(`Content-Length: ${json.length}`, '', json);
  };
  const selfTest = () => request('Content-Length: 2', '', '{}').replace('/query', '/self-test/cache');
  const chunked = (...lines: string[]) => request('Transfer-Encoding: chunked', '', ...lines, '');
  const get = (path: string, ...lines: string[]) =>
    [`GET ${path} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n');

  type Effect = 'asked' | 'streamed' | 'continued';

  /**
   * Sends bytes, and leaves once they have that effect; without one, when the server closes the connection. Or sends more
   * once they have it, and waits until the server closes the connection. Returns what came.
   */
  async function send(bytes: string, effect?: Effect, more?: string): Promise<string> {
    const before = asked;
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).on('data', (data: Buffer) => (answer += data.toString()));
    socket.write(bytes);
    const shows = {
      asked: () => asked > before,
      streamed: () => answer.includes('event: token'),
      continued: () => answer !== '',
    };
    if (effect) {
      await vi.waitFor(() => expect(shows[effect]()).toBe(true), patience);
      if (more === undefined) socket.destroy();
      else socket.write(more);
    }
    if (!socket.closed) await once(socket, 'close');
    return answer;
  }

  const lines = () => listening.log().filter(({ msg }) => msg === 'request');
  const left = { status: 499, error: 'client_closed', route: '/query', tenant: 'acme' };
  const leftSelfTest = { ...left, route: '/self-test/cache' };
  const unknown = { status: 400, error: 'bad_request', route: 'unknown' };
  const late = { status: 408, error: 'request_timeout' };
  const tooLarge = { status: 413, error: 'payload_too_large', route: '/query' };

  it.each<[string, Effect | undefined, object, () => string]>([
    ['its client leaves while it is answered', 'asked', left, () => ask({ question })],
    ['its client leaves in a stream', 'streamed', left, () => ask({ question, stream: true })],
    ['its client leaves before what nobody aborts', 'continued', leftSelfTest, selfTest],
    ['its body breaks off', 'continued', left, () => request('Content-Length: 50', '', '{')],
    ['its body is no HTTP', undefined, { ...unknown, route: '/query' }, () => chunked('zz')],
    ['its body is late', undefined, { ...left, ...late }, () => request('Content-Length: 50', '', '{')],
    ['its body is said to be too large', undefined, tooLarge, () => request('Content-Length: 50000000', '', '')],
    ['it is no HTTP', undefined, unknown, () => 'hello\r\n\r\n'],
    ['its head is late', undefined, { ...unknown, ...late }, () => 'GET / HTTP/1.1\r\nHo'],
    ['its path is no URL', undefined, { ...unknown, method: 'GET' }, () => get('/%zz', 'Host: a')],
    ['it names no host', undefined, { ...unknown, route: '/' }, () => get('/')],
    ['nothing is there', undefined, { status: 404, error: 'not_found', route: 'unknown' }, () => get('/x', 'Host: a')],
    ['all is well', undefined, { status: 200, route: '/' }, () => get('/', 'Host: a')],
    [
      'it expects a thing that is unknown',
      undefined,
      { status: 200, route: '/' },
      () => get('/', 'Host: a', 'Expect: a'),
    ],
  ])('when %s', async (_what, effect, expected, bytes) => {
    const before = lines().length;
    await send(bytes(), effect);
    await vi.waitFor(() => expect(lines().length).toBeGreaterThan(before), patience);
    // A second line would come before this one.
    await listening.app.inject({ url: '/', headers: { 'x-request-id': 'the-next' } });
    await vi.waitFor(() => expect(lines().at(-1)).toMatchObject({ request_id: 'the-next' }), patience);
    expect(lines().slice(before, -1)).toEqual([expect.objectContaining(expected)]);
  });

  it('when the rest of its body is no HTTP, after its answer', async () => {
    const before = lines().length;
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('error', () => undefined).on('data', (data: Buffer) => (answer += data.toString()));
    socket.write('POST /query HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    await vi.waitFor(() => expect(answer).toContain('Unauthorized'), patience);
    socket.write('zz\r\n');
    await once(socket, 'close');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    await listening.app.inject({ url: '/', headers: { 'x-request-id': 'the-next' } });
    await vi.waitFor(() => expect(lines().at(-1)).toMatchObject({ request_id: 'the-next' }), patience);
    expect(lines().slice(before, -1)).toEqual([expect.objectContaining({ status: 401, error: 'unauthorized' })]);
  });

  it.each([
    ['in a stream', 'streamed', () => ask({ question, stream: true }), 'hello\r\n\r\n', 'unknown'],
    ['before its answer', 'asked', () => ask({ question }), 'hello\r\n\r\n', 'unknown'],
    ['before its answer, in a second body', 'asked', () => ask({ question }), () => chunked('zz'), '/query'],
  ] as const)(
    'and no other answer, when what comes after it is no HTTP, %s',
    async (_when, effect, first, then, route) => {
      const before = lines().length;
      const answer = await send(first(), effect, typeof then === 'string' ? then : then());
      expect(answer).not.toMatch(/HTTP\/1\.1 400|bad_request/);
      await vi.waitFor(() => expect(lines()).toHaveLength(before + 2), patience);
      expect(lines().slice(before)).toEqual(
        expect.arrayContaining([expect.objectContaining(left), expect.objectContaining({ ...unknown, route })]),
      );
    },
  );

  it('as the contract says', () => {
    expect(lines().length).toBeGreaterThan(10);
    for (const line of lines()) expect(requestLine.safeParse(line).error, JSON.stringify(line)).toBeUndefined();
  });

  it('with the error that it is counted by, each once', async () => {
    const series = seriesOf((await listening.app.inject('/metrics')).body);
    for (const type of errorTypes) {
      expect(series.get(`rag_errors_total{type="${type}"}`) ?? 0, type).toBe(
        lines().filter(({ error }) => error === type).length,
      );
    }
  });

  it.each([
    ['in one packet', (head: string) => [`${head}zz\r\n`]],
    ['in two', (head: string) => [head, 'zz\r\n']],
  ])('and one count of what went wrong, %s', async (_how, packets) => {
    const errors = async (type: string) =>
      seriesOf((await listening.app.inject('/metrics')).body).get(`rag_errors_total{type="${type}"}`) ?? 0;
    const before = { refused: await errors('bad_request'), left: await errors('client_closed') };
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    for (const packet of packets(chunked())) {
      socket.write(packet);
      // The server says that it waits for the body.
      await once(socket, 'data');
    }
    if (!socket.closed) await once(socket, 'close');
    await vi.waitFor(async () => expect(await errors('bad_request')).toBe(before.refused + 1), patience);
    expect(await errors('client_closed')).toBe(before.left);
  });
});

describe('the whole log', () => {
  it('holds no question, answer, document, header or token', async () => {
    const token = await signToken({ tenant: 'acme' });
    const headers = {
      authorization: `Bearer ${token}`,
      'x-planted': 'planted-header',
      cookie: 'a=planted-cookie',
      'user-agent': 'planted-agent',
      'content-type': 'application/json',
    };
    for (const payload of [{ question }, { question, mode: 'planted-mode' }, { question: 'planted\u0000' }]) {
      await test.app.inject({ method: 'POST', url: '/query?planted=1', headers, payload });
    }
    await test.app.inject({ method: 'POST', url: '/query', headers, payload: '{"question": "planted' });

    const log = JSON.stringify(test.log());
    expect(log).not.toMatch(/planted|zeppelin/i);
    expect(log).not.toContain(token.slice(0, 20));
  });
});
