import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentationPath, routes, type Route } from '../../service/contract/http.ts';
import { Canary, UnansweredError } from '../promote/canary.ts';
import { askOf, NotAllowedError } from './check.ts';
import { runSmoke, smokeChecks } from './run-smoke.ts';

const asked = smokeChecks.map((check) => `${check.route.method} ${check.path}`);

describe('a smoke test', () => {
  it('asks every path of every route of the contract once, and the page of documentation', () => {
    const all = Object.values<Route>(routes).flatMap(({ method, paths }) => paths.map((path) => `${method} ${path}`));
    expect(asked.toSorted()).toEqual([...all, `GET ${documentationPath}`].sort());
  });

  it('stores a document before it asks about it, and deletes it after', () => {
    const at = (endpoint: string) => asked.indexOf(endpoint);
    const order = [
      'POST /v1/documents',
      'GET /v1/documents',
      'POST /query',
      'POST /v1/query',
      'DELETE /v1/documents/:id',
    ];
    expect(order.map(at)).toEqual(order.map(at).toSorted((a, b) => a - b));
  });
});

/** Answers everything alike, and notes what it was asked. */
class Stubborn {
  answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  readonly requests: string[] = [];
  readonly #server = createServer((request, response) => {
    this.requests.push(`${request.method} ${request.url}`);
    request.resume();
    this.answer(request, response);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
  }

  get service(): Canary {
    const { port } = this.#server.address() as AddressInfo;
    return new Canary(`http://127.0.0.1:${port}`, { token: 'a-token' }, new AbortController().signal);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const stub = new Stubborn();
beforeAll(() => stub.start());
afterAll(() => stub.stop());

const specimen = { id: 'smoke-1', text: 'It is here.', question: 'Where is it?' };
const wrong: [string, (response: ServerResponse) => void][] = [
  ['an empty object', (response) => response.setHeader('content-type', 'application/json').end('{}')],
  ['text', (response) => response.setHeader('content-type', 'text/plain').end('hello')],
  [
    'a stream without its end',
    (response) => response.setHeader('content-type', 'text/event-stream').end('event: token\ndata: 1\n\n'),
  ],
  ['an error', (response) => response.writeHead(500).end('{"detail":"it broke"}')],
  ['a redirection', (response) => response.writeHead(302, { location: '/' }).end()],
];

describe.each(wrong)('an endpoint that answers with %s', (_, answer) => {
  it.each(smokeChecks.map((check) => [`${check.route.method} ${check.path}`, check] as const))(
    'fails: %s',
    async (_, check) => {
      stub.answer = (_request, response) => answer(response);
      await expect(check.run(askOf(stub.service, check), specimen)).rejects.toThrow(UnansweredError);
    },
  );
});

it('says of a stream that was cut what it ended with', async () => {
  const check = smokeChecks.find(({ path }) => path === '/v1/query');
  stub.answer = (_request, response) =>
    response.setHeader('content-type', 'text/event-stream').end('event: token\ndata: {"text":"a"}\n\n');
  const running = check?.run(askOf(stub.service, check), specimen);
  await expect(running).rejects.toThrow('the stream ends with token, not with done');
});

describe('an endpoint that the token may not ask', () => {
  it.each(smokeChecks.map((check) => [`${check.route.method} ${check.path}`, check] as const))(
    'is no failure only with the scope admin: %s',
    async (_, check) => {
      stub.answer = (_request, response) => response.writeHead(403).end('{"detail":"the token lacks the scope"}');
      const kind = check.route.access === 'admin' ? NotAllowedError : UnansweredError;
      await expect(check.run(askOf(stub.service, check), specimen)).rejects.toThrow(kind);
    },
  );
});

describe('a smoke test of a service that fails', () => {
  it('deletes what may have been stored, and says what is left when it cannot', async () => {
    stub.answer = (_request, response) => response.writeHead(500).end('{"detail":"it broke"}');
    stub.requests.length = 0;
    const results = await runSmoke(stub.service, stub.service);
    expect(stub.requests.at(-1)).toMatch(/^DELETE \/v1\/documents\/smoke-[0-9a-f]{16}$/);
    expect(results.at(-1)).toMatchObject({ endpoint: 'DELETE /v1/documents/:id, to clean up', result: 'FAILED' });
    expect(results.at(-1)?.evidence).toMatch(/^smoke-[0-9a-f]{16} is left: answered 500: it broke$/);
  });

  it('has nothing to delete when nothing was stored', async () => {
    stub.answer = (_request, response) => response.writeHead(404).end('{"detail":"there is none"}');
    const results = await runSmoke(stub.service, stub.service);
    expect(results.at(-1)).toMatchObject({ result: 'ok', evidence: 'nothing was left' });
    expect(results.filter(({ result }) => result === 'FAILED')).toHaveLength(smokeChecks.length);
  });

  it('asks nothing more when nobody answers', async () => {
    const nobody = new Canary('http://127.0.0.1:9', { token: 'a-token' }, new AbortController().signal);
    const results = await runSmoke(nobody, nobody);
    expect(results.map(({ result }) => result)).toEqual(['FAILED', ...smokeChecks.slice(1).map(() => 'not asked')]);
  });
});
