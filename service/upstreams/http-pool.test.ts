import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, until } from '../../test/processes.ts';
import { startStandin, type Standin, type StandinOptions, type StandinRequest } from '../../test/standins/standin.ts';
import type { Fault } from '../../test/standins/faults.ts';
import { HttpPool } from './http-pool.ts';
import type { UpstreamError } from '../resilience/upstream-error.ts';

type Answer = StandinOptions<Fault>['answer'];
const echo: Answer = ({ method, path, headers, body }) => ({ status: 200, body: { method, path, headers, body } });

let standin: Standin<Fault>;
let pool: HttpPool;
let answer: Answer;
const { signal: never } = new AbortController();

beforeEach(async () => {
  answer = echo;
  standin = await startStandin({ name: 'echo', answer: (request, fault) => answer(request, fault) });
  pool = new HttpPool('tei', `${standin.url}/base/`, { connections: 2, headers: { authorization: 'Bearer key' } });
});
afterEach(async () => {
  await pool.close();
  await standin.close();
});

const ask = (signal = never) => pool.postJson('/ask', { question: 'private' }, signal);
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('did not fail'),
    (error: unknown) => error as UpstreamError,
  );

describe('a request', () => {
  it('is sent as JSON, below the path of the base URL, with the headers of the pool', async () => {
    const received = (await (await ask()).json(10_000)) as StandinRequest;
    expect(received).toMatchObject({ method: 'POST', path: '/base/ask', body: { question: 'private' } });
    expect(received.headers).toMatchObject({ authorization: 'Bearer key', 'content-type': 'application/json' });
  });

  it('that only asks has no body', async () => {
    const received = (await (await pool.get('/models', never)).json(10_000)) as StandinRequest;
    expect(received).toMatchObject({ method: 'GET', path: '/base/models' });
    expect(received.headers).not.toHaveProperty('content-type');
  });

  it('gets an answer’s status, headers and body', async () => {
    answer = () => ({ status: 201, headers: { 'x-more': 'yes' }, body: 'größer' });
    const given = await ask();
    expect([given.status, given.headers['x-more'], await given.text(100)]).toEqual([201, 'yes', 'größer']);
  });

  it('uses the connection of the one before, also of one that failed', async () => {
    const single = new HttpPool('tei', standin.url, { connections: 1 });
    await standin.setFault({ kind: 'status', status: 500, body: 'x'.repeat(10_000) }, { requests: 1 });
    await failureOf(single.postJson('/', {}, never));
    await (await single.postJson('/', {}, never)).json(10_000);
    await (await single.get('/', never)).drain();
    await (await single.get('/', never)).drain();
    expect([standin.requests, standin.connections]).toEqual([4, 1]);
    await single.close();
  });

  it('waits where all connections are in use', async () => {
    await standin.setFault({ kind: 'hang' });
    const controller = new AbortController();
    const failures = Array.from({ length: 5 }, () => failureOf(ask(controller.signal)));
    await until('two requests arrive', () => standin.requests === 2);
    expect(standin.openSockets).toBe(2);
    controller.abort(new Error('enough'));
    await Promise.all(failures);
  });
});

describe('a refusal', () => {
  it.each([
    [500, 'server'],
    [401, 'credentials'],
    [429, 'rate_limited'],
    [400, 'rejected'],
  ])('with status %d is an error of the kind %s without a word of the upstream', async (status, fault) => {
    await standin.setFault({ kind: 'status', status, body: { error: { message: 'private', code: 'private' } } });
    const error = await failureOf(ask());
    expect(error).toMatchObject({
      name: 'UpstreamError',
      upstream: 'tei',
      fault,
      status,
      retryAfterSeconds: undefined,
    });
    expect(error.message).toBe(`tei: answered with status ${status}`);
    expect(JSON.stringify([error, error.stack])).not.toContain('private');
  });

  it('names the upstream that it was for', async () => {
    await standin.setFault({ kind: 'status', status: 500 });
    expect(await failureOf(pool.postJson('/ask', {}, never, undefined, 'mistral'))).toMatchObject({
      upstream: 'mistral',
    });
  });

  it('says how long to wait', async () => {
    await standin.setFault({ kind: 'status', status: 429, retryAfter: 7 });
    expect(await failureOf(ask())).toMatchObject({ fault: 'rate_limited', retryAfterSeconds: 7 });
    await standin.setFault({ kind: 'status', status: 503, retryAfter: new Date(Date.now() + 100_000).toUTCString() });
    const { fault, retryAfterSeconds = 0 } = await failureOf(ask());
    expect(fault).toBe('server');
    expect(retryAfterSeconds).toBeGreaterThan(80);
    expect(retryAfterSeconds).toBeLessThanOrEqual(100);
  });

  it('for a paid quota that is used up is told from one for too many requests', async () => {
    await standin.setFault({ kind: 'status', status: 429, body: { error: { code: 'insufficient_quota' } } });
    expect(await failureOf(ask())).toMatchObject({ fault: 'quota', status: 429 });
  });

  it.each([['{"error":'], ['null'], ['[]'], ['{"error":"text"}'], ['']])(
    'with the body %j is one too',
    async (body) => {
      await standin.setFault({ kind: 'status', status: 429, body });
      expect(await failureOf(ask())).toMatchObject({ fault: 'rate_limited' });
    },
  );

  it('with a body without end is read for a while only', async () => {
    let sent = 0;
    async function* endless() {
      for (; ; sent += 10_000) yield 'x'.repeat(10_000);
    }
    answer = () => ({ status: 500, body: endless() });
    expect(await failureOf(ask())).toMatchObject({ fault: 'server' });
    await until('the connection is closed', () => standin.aborts.length === 1);
    // What the system's buffers take in between is more than what is read.
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  it('whose body does not come is not waited for long', async () => {
    async function* silent(signal: AbortSignal) {
      yield '{';
      await new Promise((end) => signal.addEventListener('abort', end));
    }
    answer = ({ signal }) => ({ status: 429, body: silent(signal) });
    expect(await failureOf(ask())).toMatchObject({ fault: 'rate_limited' });
    await until('the connection is closed', () => standin.aborts.length === 1);
  });
});

describe('a connection', () => {
  it('that is refused, or reset before the answer, is an error of the kind connection', async () => {
    await standin.setFault({ kind: 'reset' });
    expect(await failureOf(ask())).toMatchObject({ fault: 'connection', message: 'tei: no connection (ECONNRESET)' });
    await standin.close();
    expect(await failureOf(ask())).toMatchObject({ fault: 'connection', message: 'tei: no connection (ECONNREFUSED)' });
    standin = await startStandin({ name: 'echo', answer: echo });
  });

  it('is made again once the upstream is back', async () => {
    const again = await startStandin({ name: 'echo', answer: echo, port: await freePort() });
    const other = new HttpPool('tei', again.url, { connections: 1 });
    await again.setFault({ kind: 'refuse' });
    expect(await failureOf(other.get('/', never))).toMatchObject({ fault: 'connection' });
    await again.clearFaults();
    expect((await other.get('/', never)).status).toBe(200);
    await other.close();
    await again.close();
  });

  it('that is lost within the body is a cut answer', async () => {
    await standin.setFault({ kind: 'truncate' });
    expect(await failureOf((await ask()).json(10_000))).toMatchObject({ fault: 'cut' });
  });

  it('that is closed with the pool ends its request', async () => {
    await standin.setFault({ kind: 'hang' });
    const failure = failureOf(ask());
    await until('the request arrives', () => standin.requests === 1);
    await pool.close();
    expect(await failure).toMatchObject({ fault: 'connection' });
    await until('it is closed', () => standin.openSockets === 0);
  });
});

describe('a body', () => {
  it('that is longer than allowed is malformed, and not read on', async () => {
    async function* endless() {
      for (;;) yield 'private'.repeat(1000);
    }
    answer = () => ({ status: 200, body: endless() });
    const error = await failureOf((await ask()).text(50_000));
    expect(error).toMatchObject({ fault: 'malformed', message: 'tei: sent more than 50000 bytes' });
    await until('the connection is closed', () => standin.aborts.length === 1);
  });

  it('may be as long as is allowed', async () => {
    answer = () => ({ status: 200, body: 'x'.repeat(50_000) });
    expect(await (await ask()).text(50_000)).toHaveLength(50_000);
  });

  it('that is not JSON is malformed', async () => {
    await standin.setFault({ kind: 'bad_json' });
    const error = await failureOf((await ask()).json(10_000));
    expect(error).toMatchObject({ fault: 'malformed', status: 200, message: 'tei: sent a body that is not JSON' });
  });
});

describe('an abort', () => {
  // With a code, as errors of Node have: it is not to be taken for one of the transport.
  const reason = Object.assign(new Error('over'), { code: 'ECONNRESET' });

  it.each([
    ['before the headers', { kind: 'hang' }],
    ['within the body', { kind: 'hang_body', afterBytes: 3 }],
    ['within the body of a refusal', { kind: 'status', status: 500 }],
  ] as const)('%s fails with its reason, and closes the connection', async (_when, fault) => {
    const controller = new AbortController();
    if (fault.kind === 'status') {
      async function* silent(signal: AbortSignal) {
        yield '{';
        await new Promise((end) => signal.addEventListener('abort', end));
      }
      answer = ({ signal }) => ({ status: 500, body: silent(signal) });
    } else {
      await standin.setFault(fault);
    }
    const failure = failureOf(ask(controller.signal).then((given) => given.json(10_000)));
    await until('the request arrives', () => standin.requests === 1);
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await until('the connection is closed', () => standin.openSockets === 0);
    expect(standin.aborts).toMatchObject([{ path: '/base/ask', by: 'client' }]);
  });

  it('of a request that waits for a connection fails at once, and it is never sent', async () => {
    const others = new AbortController();
    await standin.setFault({ kind: 'hang' });
    const running = [failureOf(ask(others.signal)), failureOf(ask(others.signal))];
    await until('all connections are in use', () => standin.requests === 2);
    const controller = new AbortController();
    const failure = failureOf(ask(controller.signal));
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await standin.clearFaults();
    others.abort(reason);
    await Promise.all(running);
    await (await ask()).json(10_000);
    expect(standin.requests).toBe(3);
  });

  it('from before sends nothing', async () => {
    expect(await failureOf(ask(AbortSignal.abort(reason)))).toBe(reason);
    expect(standin.connections).toBe(0);
  });
});
