import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildTestApp, modelThat } from '../../service/testing.ts';
import { eventsOf, startGatedLlm } from '../chaos/set-up.ts';
import { listens, until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { expectAllAnswered } from './many-clients.ts';
import { RunningService } from '../running-service.ts';

const readiness = 'GET /health/ready HTTP/1.1\r\nHost: ballast\r\n\r\n';

/** A service whose models hold back their answers from now on. */
async function setUp(env: Readonly<Record<string, string>> = {}) {
  const llm = await startGatedLlm();
  const service = await RunningService.start({ LLM_BASE_URL: llm.url, ...env });
  llm.hold();
  return { llm, service };
}

describe.each(['SIGTERM', 'SIGINT'] as const)('at %s the service', (signal) => {
  test('is not ready, listens no more, lets what runs end, and exits with code 0', async () => {
    const { llm, service } = await setUp({ SHUTDOWN_DRAIN_SECS: '60' });
    const asked = service.predict('takes long');
    const probe = await service.connect();
    // A connection on which a request has begun to come is not closed as idle ones are.
    probe.send(readiness.slice(0, -2));
    await until('the model is asked', () => llm.calls === 1);

    await service.stop(signal);
    await until('nothing listens', async () => !(await listens(service.port)));
    probe.send('\r\n');
    expect(await probe.closed()).toBe('ended');
    expect(probe.statuses).toEqual([503]);
    expect(probe.received).toContain('draining: the service is stopping');
    expect(probe.received).toMatch(/^connection: close\r$/im);
    expect(service.process.exitCode).toBeNull();

    llm.release();
    expect((await asked).status).toBe(200);
    expect((await service.exit).code).toBe(0);
    expect(service.log.at(-1)).toMatchObject({ level: 'info', msg: 'stopped', open_resources: [] });
  });
});

describe('a request that is on its way when the signal comes', () => {
  test('is answered on a kept connection that is idle', async () => {
    const { service } = await setUp();
    const kept = await service.connect();
    kept.send(readiness);
    expect(await kept.answers(1)).toEqual([200]);
    await service.frozen(() => {
      service.process.kill('SIGTERM');
      kept.send(readiness);
    });
    expect(await kept.closed()).toBe('ended');
    expect(kept.statuses).toHaveLength(2);
    expect((await service.exit).code).toBe(0);
  });

  test('is answered on connections that nobody has accepted yet', async () => {
    const { service } = await setUp();
    const waiting = await service.frozen(async () => {
      const connections = await Promise.all(Array.from({ length: 30 }, () => service.connect()));
      for (const connection of connections) connection.send(readiness);
      service.process.kill('SIGTERM');
      return connections;
    });
    expect(await Promise.all(waiting.map((connection) => connection.closed()))).toEqual(Array(30).fill('ended'));
    expect(waiting.map(({ statuses }) => statuses.length)).toEqual(Array(30).fill(1));
    expect((await service.exit).code).toBe(0);
  });

  test('is answered when it was sent behind others without waiting for their answers', async () => {
    const { llm, service } = await setUp();
    const pipelined = await service.connect();
    pipelined.send(readiness + service.predictRequest('first') + service.predictRequest('second'));
    await until('the model is asked for both', () => llm.calls === 2);
    await service.stop();
    await until('nothing listens', async () => !(await listens(service.port)));
    llm.release();
    expect(await pipelined.closed()).toBe('ended');
    expect(pipelined.statuses).toEqual([200, 200, 200]);
    expect(pipelined.received.match(/^connection: close\r$/gim)).toHaveLength(1);
  });
});

describe('at the end of the drain', () => {
  test('a plain request gets 503, and an open stream an error event, both with when to ask again', async () => {
    const llm = await startLlmStandin();
    onTestFinished(llm.close);
    const service = await RunningService.start({ LLM_BASE_URL: llm.url, SHUTDOWN_DRAIN_SECS: '0.5' });
    await llm.setFault({ kind: 'only_comments', everyMs: 100 });
    const stream = await service.predict('by stream', { stream: true });
    await llm.setFault({ kind: 'hang' });
    const asked = () => llm.requestsTo('/v1/chat/completions');
    const before = asked();
    const plain = service.predict('at once');
    await until('the model is asked', () => asked() > before);

    await service.stop();
    const refused = await plain;
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ error: 'Service stopping', retry_after: 1 });
    const events = eventsOf(await stream.text());
    expect(events.map(({ event }) => event)).toEqual(['token', 'error']);
    expect(events[1]?.data).toMatchObject({ status: 503, error: 'Service stopping', retry_after: 1 });
    expect((await service.exit).code).toBe(0);
    expect(service.log.at(-1)).toMatchObject({ msg: 'stopped', open_resources: [] });
  });

  const whole = JSON.stringify({ input: 'a question of which only half arrives' });
  test.each([
    ['as it is', Buffer.from(whole), []],
    ['compressed', gzipSync(whole), ['Content-Encoding: gzip']],
  ])('a request whose body came by half, %s, gets 503', async (_how, body, headers) => {
    const { service } = await setUp({ SHUTDOWN_DRAIN_SECS: '0.5' });
    const slow = await service.connect();
    slow.send(service.predictHead(body.length, ...headers));
    slow.send(body.subarray(0, body.length / 2));
    await service.stop();
    expect(await slow.closed()).toBe('ended');
    expect(slow.statuses).toEqual([503]);
    expect(slow.received).toContain('"error":"Service stopping"');
    expect(slow.received).toMatch(/^retry-after: 1\r$/im);
    expect((await service.exit).code).toBe(0);
    expect(service.log.at(-1)).toMatchObject({ msg: 'stopped', open_resources: [] });
  });

  test('who does not send headers to their end is cut', async () => {
    const { service } = await setUp({ SHUTDOWN_DRAIN_SECS: '0.5' });
    const halted = await service.connect();
    halted.send(readiness.slice(0, -2));
    await service.stop();
    expect((await service.exit).code).toBe(0);
    expect(halted.statuses).toEqual([]);
    expect(service.log.at(-1)).toMatchObject({ msg: 'stopped', open_resources: [] });
  });
});

test('connections that stay idle, or were never used, do not hold up the end', async () => {
  const { service } = await setUp({ SHUTDOWN_DRAIN_SECS: '600' });
  const unused = await service.connect();
  const idle = await service.connect();
  idle.send(readiness);
  await idle.answers(1);
  service.process.kill('SIGTERM');
  expect(await unused.closed()).toBe('ended');
  expect(await idle.closed()).toBe('ended');
  expect((await service.exit).code).toBe(0);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second signal, %s, ends the process at once with code %i', async (signal, code) => {
  const { llm, service } = await setUp({ SHUTDOWN_DRAIN_SECS: '600' });
  const cut = service.predict('takes long').catch(() => 'cut');
  await until('the model is asked', () => llm.calls === 1);
  await service.stop();
  service.process.kill(signal);
  expect((await service.exit).code).toBe(code);
  expect(await cut).toBe('cut');
  expect(service.log.at(-1)).toMatchObject({ level: 'warn', signal });
});

test('an answer that is renewed in the background does not outlive the service', async () => {
  let renewal: AbortSignal | undefined;
  let asked = 0;
  const model = modelThat(async ({ question, signal }) => {
    if (question === 'news?' && (asked += 1) > 1) {
      renewal = signal;
      await new Promise(() => undefined);
    }
    return { text: 'old news', used: [], inputTokens: 1, outputTokens: 1 };
  });
  const { app, as } = await buildTestApp({ model, env: { MEMORY_CACHE_TTL_SECS: '0.05' } });
  const ask = () => as('acme').post('/v1/predict', { input: 'news?' });
  await until('a stale answer is being renewed', async () => {
    expect((await ask()).statusCode).toBe(200);
    return renewal !== undefined;
  });
  await app.close();
  expect(renewal?.aborted).toBe(true);
});

// Five times as many, again and again, and the time that it takes: npm run test:chaos.
test('40 clients with kept connections and 4 streams are all answered', async () => {
  await expectAllAnswered(4, 0);
});
