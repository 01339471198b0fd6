import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { plantedSecrets } from '../telemetry/testing.ts';
import { buildTestApp, signToken, type TestApp, type TestClient } from '../testing.ts';
import { latestRequestOn } from './request-context.ts';

let test: TestApp;
let client: TestClient;
beforeAll(async () => {
  test = await buildTestApp();
  client = test.as('acme');
});

describe('X-Request-Id', () => {
  it('is echoed when it is valid, in header, body and log', async () => {
    const response = await client.post('/query', { question: 'q' }, { 'x-request-id': 'Order-66_a.b' });

    expect(response.headers['x-request-id']).toBe('Order-66_a.b');
    expect(response.json()).toMatchObject({ request_id: 'Order-66_a.b' });
    expect(test.log().at(-1)).toMatchObject({ msg: 'request', request_id: 'Order-66_a.b' });
  });

  it.each(['', 'a b', 'a'.repeat(129), 'a/b', '<script>', 'a\tb', 'ü'])('is replaced when it is %j', async (id) => {
    const { headers } = await test.app.inject({ url: '/health', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it.each(['a key of OpenAI', 'a token of GitHub', 'a JSON Web Token', 'an access key ID of AWS'])(
    'is replaced when it looks like %s, and is nowhere in the answer and in the log',
    async (kind) => {
      const { text = '' } = plantedSecrets[kind] ?? {};
      const response = await test.app.inject({ url: '/nowhere', headers: { 'x-request-id': text } });
      expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(response.body + JSON.stringify(test.log().at(-1))).not.toContain(text);
    },
  );

  it('may have 128 characters', async () => {
    const id = 'a'.repeat(128);
    const { headers } = await test.app.inject({ url: '/health', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toBe(id);
  });

  it('is new for each request', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await test.app.inject('/')).headers));
    expect(new Set(ids.map((headers) => headers['x-request-id'])).size).toBe(20);
  });
});

describe('the trace ID', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('is the one of traceparent', async () => {
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    const response = await client.post('/query', { question: 'q' }, { traceparent });
    expect(response.json()).toMatchObject({ trace_id: traceId });
    expect(test.log().at(-1)).toMatchObject({ trace_id: traceId });
  });

  it.each([
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${traceId}-00f067aa0ba902b7`,
    traceId,
  ])('is a new one when traceparent is %s', async (traceparent) => {
    const given = (await client.post('/query', { question: 'q' }, { traceparent })).json<{ trace_id: string }>();
    expect(given.trace_id).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(given.trace_id).not.toBe(traceId);
  });
});

describe('a connection that waits for its next request', () => {
  it('keeps nothing of the last one', async () => {
    const { app } = test;
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const connected = once(app.server, 'connection') as Promise<[Socket]>;
    const requested = once(app.server, 'request');
    const headers = { authorization: `Bearer ${await signToken()}`, 'content-type': 'application/json' };
    const answered = fetch(`http://127.0.0.1:${port}/query`, { method: 'POST', headers, body: '{"question":"q"}' });
    const [[socket]] = await Promise.all([connected, requested]);
    await (await answered).arrayBuffer();
    await vi.waitFor(() => expect(latestRequestOn(socket) === undefined).toBe(true));
    expect(socket.destroyed).toBe(false);
  });
});
