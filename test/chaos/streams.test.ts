import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { until } from '../processes.ts';
import type { Fault } from '../standins/faults.ts';
import type { LlmFault } from '../standins/llm.ts';
import { eventsOf, noFallbacks, Scene, type StreamEvent } from './set-up.ts';

const fast = { mode: 'fast' } as const;
const namesOf = (events: readonly StreamEvent[]) => events.map(({ event }) => event);
const textOf = (events: readonly StreamEvent[]) =>
  events
    .filter(({ event }) => event === 'token')
    .map(({ data }) => data['text'])
    .join('');

test('a stream is its tokens, its citations, and done with the whole body', async () => {
  const scene = await Scene.start();
  await scene.store('sea', '# The sea\n\nThe sea is salty because rivers carry minerals into it.');
  const response = await scene.send('/query', { question: 'Why is the sea salty?', stream: true });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const events = eventsOf(await response.text());
  const names = namesOf(events);
  expect(names.filter((name) => name === 'token').length).toBeGreaterThan(1);
  expect(names.join(' ')).toMatch(/^(token )+citation done$/);
  const done = events.at(-1)?.data;
  expect(done).toMatchObject({
    answer: textOf(events),
    citations: [events.at(-2)?.data],
    cached: false,
    model: 'mistral',
    variant: 'default',
    degradation: 'full',
    request_id: response.headers.get('x-request-id'),
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
  expect(done?.['cost_usd']).toBeGreaterThan(0);
  expect(Object.keys(done?.['tokens'] as object)).toEqual(['input', 'output']);

  // The stored answer comes by the same events, in one piece.
  const again = eventsOf(
    await (await scene.send('/query', { question: 'Why is the sea salty?', stream: true })).text(),
  );
  expect(namesOf(again)).toEqual(['token', 'citation', 'done']);
  expect(again.at(-1)?.data).toMatchObject({ cached: true, answer: textOf(events), cost_usd: 0 });
});

describe('an upstream stream that is cut', () => {
  test.each<[string, LlmFault | Fault]>([
    ['without a finish reason', { kind: 'cut_stream', afterPieces: 2 }],
    ['by its connection', { kind: 'truncate', afterBytes: 600 }],
    ['by an error event', { kind: 'error_event', afterPieces: 2 }],
  ])('%s ends with an error event, never a clean end, and is a failure to the breaker', async (_how, fault) => {
    const scene = await Scene.start({ table: noFallbacks });
    await scene.llm.setFault(fault);
    for (let i = 0; i < 5; i += 1) {
      const { status, events } = await scene.stream(`one two three four ${i}`, fast);
      expect(status).toBe(200);
      expect(namesOf(events).join(' ')).toMatch(/^(token )+error$/);
      expect(events.at(-1)?.data).toMatchObject({ status: 503, error: 'Unavailable', retry_after: 1 });
      expect(events.at(-1)?.data['request_id']).toEqual(expect.any(String));
    }
    // One call each: what a reader has been given cannot be begun anew.
    expect(scene.calls).toBe(5);
    expect(scene.states('llama')).toEqual(['open']);

    // And nothing of it was stored.
    await scene.llm.clearFaults();
    expect((await scene.predict('one two three four 0', { mode: 'balanced' })).body.cached).toBe(false);
  });

  test('before its first token is answered by the next model', async () => {
    const scene = await Scene.start();
    await scene.llm.setFault({ kind: 'cut_stream', afterPieces: 0 }, { only: 'qwen' });
    const { events } = await scene.stream('one two three', { mode: 'creative' });
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { model: 'mistral' } });
    expect(textOf(events)).toBe('The stand-in was asked: one two three');
  });
});

test('a failure before the first token is a status, not a stream', async () => {
  const scene = await Scene.start({ table: noFallbacks, env: { REQUEST_TIMEOUT_SECS: '0.5' } });
  await scene.llm.setFault({ kind: 'wrong_key' });
  const failed = await scene.send('/v1/predict', { input: 'anything', stream: true, ...fast });
  expect(failed.status).toBe(503);
  expect(failed.headers.get('content-type')).toBe('application/problem+json');
  expect(await failed.json()).toMatchObject({ error: 'Unavailable', retry_after: 1 });

  await scene.llm.setFault({ kind: 'hang' });
  const late = await scene.send('/v1/predict', { input: 'anything', stream: true, ...fast });
  expect(late.status).toBe(504);
  expect(await late.json()).toMatchObject({ error: 'Deadline exceeded' });

  const invalid = await scene.send('/v1/predict', { input: '', stream: true });
  expect(invalid.status).toBe(400);
});

test('REQUEST_TIMEOUT_SECS bounds the time to the first token only', async () => {
  const scene = await Scene.start({
    table: noFallbacks,
    env: { REQUEST_TIMEOUT_SECS: '1' },
    llm: { pieceDelayMs: 250, reply: () => 'one two three four five six seven eight' },
  });
  const { events } = await scene.stream('anything', fast);
  expect(namesOf(events).at(-1)).toBe('done');
  expect(textOf(events)).toBe('one two three four five six seven eight');
});

test('with a schema a stream has exactly one token event, of the validated value', async () => {
  const replies = ['{"n":"many"}', '{"n":3}'];
  const scene = await Scene.start({
    env: { JSON_GUARD_BACKOFF_BASE_SECS: '0', JSON_GUARD_JITTER_SECS: '0' },
    llm: { reply: () => replies.shift() ?? '{"n":4}' },
  });
  // The start has asked for a sign of life before.
  replies.splice(0, Infinity, '{"n":"many"}', '{"n":3}');
  const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
  const { events } = await scene.stream('how many?', { schema });
  expect(namesOf(events)).toEqual(['token', 'done']);
  expect(events[0]?.data).toEqual({ text: { n: 3 } });
  expect(events[1]?.data).toMatchObject({ answer: { n: 3 } });
});

test('a fallback for a schema comes as one token event too', async () => {
  const scene = await Scene.start({
    env: { JSON_GUARD_BACKOFF_BASE_SECS: '0', JSON_GUARD_JITTER_SECS: '0' },
    llm: { reply: () => 'no JSON' },
  });
  const { events } = await scene.stream('how many?', { schema: { type: 'object' }, fallback: { n: 0 } });
  expect(namesOf(events)).toEqual(['token', 'done']);
  expect(events[0]?.data).toEqual({ text: { n: 0 } });
  expect(events[1]?.data).toMatchObject({ answer: { n: 0 }, error: true });
});

test('when the service stops, an open stream gets an error event with retry_after, and a plain call a 503', async () => {
  const scene = await Scene.start({ table: noFallbacks });
  await scene.llm.setFault({ kind: 'only_comments', everyMs: 100 });
  const stream = await scene.send('/v1/predict', { input: 'by stream', stream: true, ...fast });
  await scene.llm.setFault({ kind: 'hang' });
  const plain = scene.predict('at once', fast);
  await until('both run', () => scene.calls === 2);

  scene.services.lifecycle.draining();
  scene.services.lifecycle.abortRunning();
  const events = eventsOf(await stream.text());
  expect(namesOf(events)).toEqual(['token', 'error']);
  expect(events[1]?.data).toMatchObject({ status: 503, error: 'Service stopping', retry_after: 1 });
  expect((await plain).status).toBe(503);
  expect((await plain).headers.get('retry-after')).toBe('1');
  await until('the models are left alone', () => scene.llm.aborts.length === 2);
  // What the service did itself is nobody's failure.
  expect(scene.states('llama')).toEqual([]);
});

test('who sends a request slowly gets 408 in REQUEST_TIMEOUT_SECS', async () => {
  const scene = await Scene.start({ env: { REQUEST_TIMEOUT_SECS: '1' } });
  const socket = connect(Number(new URL(scene.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const headers = Object.entries(scene.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /v1/predict HTTP/1.1\r\nHost: ballast\r\n${headers.join('')}Content-Length: 100\r\n\r\n{"input":`);
  const drip = setInterval(() => socket.write(' '), 200);
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) }).finally(() => clearInterval(drip));
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('application/problem+json');
  expect(scene.calls).toBe(0);
  expect(await scene.metric('rag_errors_total', { type: 'request_timeout' })).toBe(1);
});
