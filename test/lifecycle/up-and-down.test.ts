import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { LocalStack } from './local-stack.ts';
import { hasEnded } from '../../commands/running.js';
import { ended, listens, run, startServer, statusOf, until } from '../processes.ts';

let stack: LocalStack;

describe('a stack that is up', () => {
  let printed: string;
  let token: string;

  beforeAll(async () => {
    stack = await LocalStack.create({ PATH: '' }); // Without a redis-server; see embedded-redis.test.ts.
    const up = await stack.command('up');
    expect(up.stderr).toBe('');
    expect(up.code).toBe(0);
    printed = up.stdout;
    token = await stack.token();
  });
  afterAll(() => stack.dispose());

  test('says which part is real, which a substitute and why, and how to ask', () => {
    expect(printed).toMatch(new RegExp(`^API +real +ready .* ${stack.url}$`, 'm'));
    expect(printed).toMatch(/^Language model +substitute +healthy +embedded-extractive .*LLM_BASE_URL/m);
    expect(printed).toMatch(/^Document search +substitute +healthy +SQLite FTS5.*QDRANT_URL/m);
    expect(printed).toMatch(/^Cache +substitute +healthy +memory, 1000 answers.*REDIS_URL/m);
    expect(printed).toContain(`curl -s ${stack.url}/query -H "Authorization: Bearer $(npm run -s token)"`);
  });

  test('answers a question from the handbook with its source, and from the cache the second time', async () => {
    const first = await stack.ask('How do I change the port?', token);
    expect(first.citations[0]?.id).toMatch(/^docs\/handbook\//);
    expect(first).toMatchObject({ cached: false, model: 'embedded-extractive' });
    const second = await stack.ask('How do I change the port?', token);
    expect(second).toMatchObject({ cached: true, answer: first.answer, citations: first.citations, cost_usd: 0 });
  });

  test('runs only once', async () => {
    const { pid } = stack;
    const again = await stack.command('up');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`Ballast runs already (process ${pid}`);
    expect(stack.pid).toBe(pid);
  });

  test('shows its parts and their health', async () => {
    const status = await stack.command('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^Document search +substitute +healthy/m);
  });

  test('logs one JSON object a line, with an ISO time, and never a token', async () => {
    const { stdout } = await stack.command('logs', '--lines', '1000', '--no-follow');
    const lines = stdout.trim().split('\n');
    for (const line of lines) {
      const { time, level } = JSON.parse(line) as { time: string; level: string };
      expect(new Date(time).toISOString()).toBe(time);
      expect(['debug', 'info', 'warn', 'error', 'fatal']).toContain(level);
    }
    expect(stdout).toContain('"route":"/query"');
    expect(stdout).not.toContain(token);
  });

  test('keeps logs, data and secrets from other users', () => {
    for (const folder of [stack.stateFolder, ...['data', 'logs', 'run'].map((name) => join(stack.stateFolder, name))]) {
      expect(statSync(folder).mode & 0o077, folder).toBe(0);
    }
    const files = [
      ['data', 'documents.db'],
      ['logs', 'api.log'],
      ['logs', 'api.out.log'],
    ].map((names) => join(stack.stateFolder, ...names));
    for (const file of [stack.runRecord, ...files]) {
      expect(statSync(file).mode & 0o077, file).toBe(0);
    }
  });

  test('makes tokens for a tenant and scopes', async () => {
    const narrow = await stack.token('--tenant', 'acme', '--scope', 'query');
    await expect(stack.ask('How do I change the port?', narrow)).resolves.toMatchObject({ cached: false });
    const documents = await fetch(`${stack.url}/v1/documents`, { headers: { Authorization: `Bearer ${narrow}` } });
    expect(documents.status).toBe(403);
    const wrong = await stack.command('token', '--scope', 'fly');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('--scope must be some of query, ingest, admin; not fly');
  });

  test('has metrics that promtool finds no fault with', async () => {
    const text = await (await fetch(`${stack.url}/metrics`)).text();
    expect(text).toMatch(/^rag_queries_total\{status="success",variant="default"\} [1-9]/m);
    const check = await run('sh', ['-c', `curl -s ${stack.url}/metrics | "${inject('promtool')}" check metrics`]);
    expect(check).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('stopping', () => {
  afterEach(() => stack.dispose());

  test('lets a request in flight end, and leaves no process, socket or lock behind', async () => {
    stack = await LocalStack.create();
    await stack.command('up');
    const token = await stack.token();
    const { pid } = stack;

    const body = JSON.stringify({ question: 'How do I change the port?' });
    const socket = connect(stack.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(partOfQuestion(token, body.slice(0, 10), body.length));
    await until('the request is in flight', () => answer.includes('100 Continue'));
    const down = stack.command('down');
    await until('the listener is closed', async () => !(await listens(stack.port)));
    expect(hasEnded(pid)).toBe(false);
    socket.write(body.slice(10));
    await until('the answer is there', () => socket.closed);

    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain('docs/handbook/');
    expect((await down).code).toBe(0);
    expect(hasEnded(pid)).toBe(true);
    expect(existsSync(stack.runRecord)).toBe(false);
    const kept = ['jwt-secret', 'log-file', 'redis-password', 'redis.conf'];
    expect(readdirSync(join(stack.stateFolder, 'run')).sort()).toEqual(kept);
    expect(readdirSync(join(stack.stateFolder, 'data'))).toEqual(['documents.db']);
  });

  test('cuts off a request that does not end within the drain, and exits with 0', async () => {
    const secret = 'x'.repeat(32);
    stack = await LocalStack.create({ JWT_SECRET: secret });
    const token = await stack.token();
    const { port } = stack;
    const server = startServer({ PORT: String(port), JWT_SECRET: secret, SHUTDOWN_DRAIN_SECS: '0.2' });
    const end = ended(server);
    await until('the service is ready', async () => (await statusOf(`http://127.0.0.1:${port}/health/ready`)) === 200);
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(partOfQuestion(token, '{', 99));
    await until('the request is in flight', () => answer.includes('100 Continue'));
    server.kill('SIGTERM');
    await until('the service cut the connection', () => socket.closed);
    expect((await end).code).toBe(0);
  });

  test('does not wait for a connection that never carried a request', async () => {
    stack = await LocalStack.create({ SHUTDOWN_DRAIN_SECS: '30' });
    await stack.command('up');
    const socket = connect(stack.port, '127.0.0.1');
    await once(socket, 'connect');
    const { pid } = stack;
    process.kill(pid, 'SIGTERM');
    await until('the process has ended', () => hasEnded(pid), 10_000);
    socket.destroy();
  });

  test('says so when nothing runs', async () => {
    stack = await LocalStack.create();
    expect(await stack.command('down')).toMatchObject({ code: 0, stdout: 'Nothing is running.\n' });
    expect(await stack.command('status')).toMatchObject({
      code: 3,
      stderr: 'Nothing is running: npm run up starts it.\n',
    });
  });

  test('never ends a process that took over the pid of a service that died', async () => {
    stack = await LocalStack.create();
    await stack.command('up');
    const { pid } = stack;
    const record = readFileSync(stack.runRecord, 'utf8');
    await stack.command('down');
    writeFileSync(stack.runRecord, record.replace(String(pid), String(process.pid)));
    expect(await stack.command('down')).toMatchObject({ code: 0, stdout: 'Nothing is running.\n' });
  });
});

/** The head of a question and the first part of its body. The server says `100 Continue` once it has read the head. */
function partOfQuestion(token: string, part: string, length: number): string {
  return [
    'POST /query HTTP/1.1',
    'Host: ballast',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    'Expect: 100-continue',
    '',
    part,
  ].join('\r\n');
}
