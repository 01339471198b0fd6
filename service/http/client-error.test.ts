import { connect, type AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildTestApp, type TestApp } from '../testing.ts';

let test: TestApp;
beforeAll(async () => {
  test = await buildTestApp({ start: false });
  await test.app.listen({ host: '127.0.0.1', port: 0 });
});

/** Everything that the server answers to raw bytes, until it closes the connection. */
function answerTo(bytes: string): Promise<string> {
  const { port } = test.app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const headers = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: ${'a'.repeat(1000)}\r\n`).join('');

describe('a connection on which no request can be read', () => {
  it.each([
    ['is no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
    [
      'has two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'bad_request',
    ],
    ['has more than 16 KB of headers', `GET / HTTP/1.1\r\nHost: a\r\n${headers(20)}\r\n`, 431, 'headers_too_large'],
  ])('since it %s gets problem details, and is closed and counted', async (_why, bytes, status, type) => {
    const counted = async () =>
      Number(new RegExp(`rag_errors_total{type="${type}"} (\\d+)`).exec((await test.app.inject('/metrics')).body)?.[1]);
    const before = await counted();
    const answer = await answerTo(bytes);

    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('Content-Type: application/problem+json');
    expect(head).toContain('Connection: close');
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, error: expect.any(String) as string });
    expect(head).toContain(`X-Request-Id: ${String(problem['request_id'])}`);
    expect(await counted()).toBe(before + 1);
  });
});
