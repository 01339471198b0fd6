import { once } from 'node:events';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { until } from '../processes.ts';
import { noFallbacks, Scene, startGatedLlm } from './set-up.ts';

const fast = { mode: 'fast' } as const;

/** A plain call whose client can leave, and whether it has had an answer. */
function leavable(scene: Scene, input: string, more: Readonly<Record<string, unknown>> = {}) {
  const client = request(`${scene.url}/v1/predict`, { method: 'POST', headers: scene.headers, agent: false });
  client.on('error', () => undefined).end(JSON.stringify({ input, ...fast, ...more }));
  return {
    answered: once(client, 'response'),
    leave: () => {
      client.destroy();
      return Date.now();
    },
  };
}

describe('a client that leaves', () => {
  test.each([
    ['that waits for an answer', { stream: false }],
    ['that reads a stream', { stream: true }],
  ])('%s ends the call, and its cost is recorded', async (_who, how) => {
    const scene = await Scene.start({ table: noFallbacks });
    await scene.llm.setFault({ kind: 'only_comments', everyMs: 20 });
    const tokens = () => scene.metric('llm_tokens_total', { model: 'llama', variant: 'default' });
    expect(await tokens()).toBe(0);
    const client = leavable(scene, 'a question that costs', how);
    client.answered.catch(() => undefined);
    if (how.stream) await client.answered;
    await until('the model writes', () =>
      scene.llm.calls.some(({ messages }) => /that costs/.test(JSON.stringify(messages))),
    );

    const leftAt = client.leave();
    await until('the call is ended', () => scene.llm.aborts.length === 1);
    const [abort] = scene.llm.aborts;
    expect(abort).toMatchObject({ path: '/v1/chat/completions', by: 'client' });
    const took = (abort?.at ?? 0) - leftAt;
    console.log(`the call was ended ${took} ms after its client had left`);
    // 100 ms is promised; a busy machine is given ten times that.
    expect(took).toBeLessThan(1_000);

    await until('it is paid', async () => (await tokens()) > 0);
    const costs = (await (await fetch(`${scene.url}/costs`, { headers: scene.headers })).json()) as {
      total: { requests: number; input_tokens: number; cost_usd: number };
    };
    expect(costs.total.requests).toBe(1);
    expect(costs.total.input_tokens).toBeGreaterThan(0);
    expect(costs.total.cost_usd).toBeGreaterThan(0);
    // It counts as an error of the request, not as a question that failed, and says nothing about the model.
    await until('it is counted', async () => (await scene.metric('rag_errors_total', { type: 'client_closed' })) === 1);
    expect(await scene.metric('rag_queries_total')).toBe(0);
    expect(scene.states('llama')).toEqual([]);
  });

  test('five of them do not open the breaker', async () => {
    const scene = await Scene.start({ table: noFallbacks });
    await scene.llm.setFault({ kind: 'hang' });
    const clients = Array.from({ length: 6 }, (_, i) => leavable(scene, `question ${i}`));
    for (const { answered } of clients) answered.catch(() => undefined);
    await until('all are asked', () => scene.calls === 6);
    for (const { leave } of clients) leave();
    await until('all are ended', () => scene.llm.aborts.length === 6);
    await scene.llm.clearFaults();
    expect((await scene.predict('an answer', fast)).status).toBe(200);
    expect(scene.states('llama')).toEqual([]);
  });

  test('and leads does not end the call for those who follow', async () => {
    const scene = await Scene.start({ table: noFallbacks, llm: { pieceDelayMs: 150 } });
    const leader = leavable(scene, 'one two three four');
    leader.answered.catch(() => undefined);
    await until('the model is asked', () => scene.calls === 1);
    const follower = scene.predict('one two three four', fast);
    const reader = scene.stream('one two three four', fast);
    await until('the others follow', async () => (await scene.metric('rag_active_queries')) === 3);
    leader.leave();
    expect((await follower).body).toMatchObject({
      answer: 'The stand-in was asked: one two three four',
      cached: false,
      cost_usd: 0,
    });
    expect((await reader).events.at(-1)).toMatchObject({ event: 'done' });
    expect(scene.calls).toBe(1);
    expect(scene.llm.aborts).toEqual([]);
    expect((await scene.predict('one two three four', fast)).body.cached).toBe(true);
  });
});

test('1,000 identical concurrent misses make 1 model call, and all are answered', async () => {
  const llm = await startGatedLlm();
  const scene = await Scene.start({ llmUrl: llm.url });
  llm.hold();
  const asked = Array.from({ length: 1_000 }, () => scene.predict('the same', fast));
  await until('all have come', async () => (await scene.metric('rag_active_queries')) === 1_000);
  llm.release();
  const answers = await Promise.all(asked);

  expect(llm.calls).toBe(1);
  expect(answers.every(({ status, body }) => status === 200 && body.answer === llm.reply)).toBe(true);
  expect(answers.every(({ body }) => !body.cached)).toBe(true);
  const paid = answers.filter(({ body }) => body.cost_usd > 0);
  expect(paid.length).toBe(1);
  const free = answers.filter(({ body }) => body.cost_usd === 0 && body.tokens.input === 0 && body.tokens.output === 0);
  expect(free.length).toBe(999);
  expect(await scene.metric('rag_queries_total', { status: 'success' })).toBe(1_000);
  expect(new Set(answers.map(({ body }) => body.request_id)).size).toBe(1_000);
  expect((await scene.predict('the same', fast)).body.cached).toBe(true);
});

test('a stale answer is given, and renewed once in the background', async () => {
  const llm = await startGatedLlm();
  const scene = await Scene.start({ llmUrl: llm.url, env: { MEMORY_CACHE_TTL_SECS: '0.05' } });
  llm.reply = 'the old one';
  expect((await scene.predict('news?', fast)).body).toMatchObject({ answer: 'the old one', cached: false });
  const storedAt = Date.now();
  await until('it is stale', () => Date.now() > storedAt + 50);

  llm.reply = 'the new one';
  llm.hold();
  const second = await Promise.all(Array.from({ length: 20 }, () => scene.predict('news?', fast)));
  for (const { body } of second) {
    expect(body).toMatchObject({ answer: 'the old one', cached: true, cost_usd: 0, degradation: 'full' });
  }
  await until('the model is asked', () => llm.calls > 1);
  expect(llm.calls).toBe(2);
  llm.release();
  await until('it is renewed', async () => (await scene.predict('news?', fast)).body.answer === 'the new one');
  expect((await scene.predict('news?', fast)).body.cached).toBe(true);
  expect(await scene.metric('rag_queries_total', { status: 'cached' })).toBeGreaterThanOrEqual(22);
  // Only who asked counts as a question: not what was renewed.
  expect(await scene.metric('rag_queries_total', { status: 'success' })).toBe(1);
});

describe('rag_queries_total counts each question once', () => {
  /** What has been counted so far, without zeros. */
  async function counted(scene: Scene): Promise<Record<string, number>> {
    const statuses = ['success', 'cached', 'degraded', 'error', 'shed'];
    const counts = await Promise.all(statuses.map((status) => scene.metric('rag_queries_total', { status })));
    const named = statuses.map((status, i) => [status, counts[i] ?? 0] as const);
    return Object.fromEntries(named.filter(([, count]) => count !== 0));
  }

  test('as success, cached, degraded or error', async () => {
    const scene = await Scene.start({ env: { REQUEST_TIMEOUT_SECS: '4' }, table: noFallbacks });
    await scene.store('sea', 'The sea is salty.');
    expect(await counted(scene)).toEqual({});
    await scene.ask('Is the sea salty?', fast);
    expect(await counted(scene)).toEqual({ success: 1 });
    await scene.ask('Is the sea salty?', fast);
    expect(await counted(scene)).toEqual({ success: 1, cached: 1 });

    await scene.llm.setFault({ kind: 'wrong_key' });
    expect((await scene.ask('Is the sea really salty?', fast)).body.degradation).toBe('retrieval_only');
    expect(await counted(scene)).toEqual({ success: 1, cached: 1, degraded: 1 });
    expect((await scene.predict('unavailable', fast)).status).toBe(503);
    expect((await scene.predict('fallback', { ...fast, schema: true })).body.error).toBe(true);
    await scene.llm.setFault({ kind: 'hang' });
    expect((await scene.predict('deadline', fast)).status).toBe(504);
    const { events } = await scene.stream('deadline of a stream', fast);
    expect(events).toEqual([]);
    expect(await counted(scene)).toEqual({ success: 1, cached: 1, degraded: 1, error: 4 });
  });

  test('as shed when admission refuses it', async () => {
    const scene = await Scene.start({
      env: { ADMISSION_MAX_CONCURRENCY: '1', ADMISSION_QUEUE_SIZE: '0' },
      table: noFallbacks,
    });
    await scene.llm.setFault({ kind: 'hang' });
    const first = leavable(scene, 'takes the only place');
    first.answered.catch(() => undefined);
    await until('it is asked', () => scene.calls === 1);
    const refused = await scene.predict('comes too late', fast);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ retry_after: 1 });
    expect(await counted(scene)).toEqual({ shed: 1 });
    first.leave();
    await until('it has left', () => scene.llm.aborts.length === 1);
    await until('it is counted', async () => (await scene.metric('rag_errors_total', { type: 'client_closed' })) === 1);
    expect(await counted(scene)).toEqual({ shed: 1 });
  });

  test('and not what is refused before, nor over a rate limit', async () => {
    const scene = await Scene.start({ env: { RATE_LIMIT_PER_MINUTE: '1' } });
    expect((await scene.predict('')).status).toBe(400);
    expect((await scene.predict('x', { model: 'unknown' })).status).toBe(400);
    expect((await fetch(`${scene.url}/v1/predict`, { method: 'POST' })).status).toBe(401);
    expect(await counted(scene)).toEqual({});
    expect((await scene.predict('one')).status).toBe(200);
    expect((await scene.predict('two')).status).toBe(429);
    expect(await counted(scene)).toEqual({ success: 1 });
    expect(await scene.metric('rag_errors_total', { type: 'rate_limited' })).toBe(1);
  });
});
