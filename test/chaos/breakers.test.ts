import { describe, expect, test } from 'vitest';
import { defaultModelTable } from '../../service/contract/models.ts';
import { until } from '../processes.ts';
import type { LlmFault } from '../standins/llm.ts';
import { noFallbacks, Scene } from './set-up.ts';

const llama = { mode: 'fast', model: 'llama' } as const;
const states = { closed: 0, open: 1, half_open: 2 } as const;

/** What metric and health endpoint say, which must agree. */
async function state(scene: Scene, model: string): Promise<string> {
  const circuit = await scene.circuit(model);
  const number = await scene.metric('circuit_breaker_state', { model });
  return states[circuit as keyof typeof states] === number ? circuit : `${circuit} and ${number}`;
}

/** One call after the other: `+` for one that succeeds, `-` for one that fails and is not retried. */
async function play(scene: Scene, model: string, outcomes: string): Promise<void> {
  for (const [index, outcome] of Array.from(outcomes).entries()) {
    await scene.llm.setFault(outcome === '+' ? { kind: 'none' } : { kind: 'wrong_key' }, { only: model });
    const { status } = await scene.predict(`${outcomes} ${index}`, { model });
    expect(status).toBe(outcome === '+' ? 200 : 503);
  }
}

test('a breaker goes from closed to open, half open, open again after a failed probe, and closed after five successes', async () => {
  const scene = await Scene.start({ env: { CIRCUIT_BREAKER_TIMEOUT_SECS: '1.5', CACHE_ENABLED: 'false' } });
  expect(await state(scene, 'llama')).toBe('closed');
  await play(scene, 'llama', '----');
  expect(await state(scene, 'llama')).toBe('closed');
  await play(scene, 'llama', '-');
  expect(await state(scene, 'llama')).toBe('open');

  const calls = scene.calls;
  const refused = await scene.predict('while it is open', llama);
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ error: 'Unavailable' });
  expect([1, 2]).toContain(refused.body.retry_after);
  expect(refused.headers.get('retry-after')).toBe(String(refused.body.retry_after));
  expect(scene.calls).toBe(calls);

  await until('it is half open', async () => (await state(scene, 'llama')) === 'half_open');
  await play(scene, 'llama', '-');
  expect(await state(scene, 'llama')).toBe('open');

  await until('it is half open again', async () => (await state(scene, 'llama')) === 'half_open');
  await play(scene, 'llama', '++++');
  expect(await state(scene, 'llama')).toBe('half_open');
  await play(scene, 'llama', '+');
  expect(await state(scene, 'llama')).toBe('closed');
  expect(scene.states('llama')).toEqual(['open', 'half_open', 'open', 'half_open', 'closed']);
  // The models are apart from each other.
  expect(scene.states('mistral')).toEqual([]);
});

test('at most three probes are in flight; the others are refused without a call', async () => {
  const scene = await Scene.start({ table: noFallbacks, env: { CIRCUIT_BREAKER_TIMEOUT_SECS: '0.2' } });
  await scene.open('llama');
  await until('it is half open', async () => (await scene.circuit('llama')) === 'half_open');

  const calls = scene.calls;
  await scene.llm.setFault({ kind: 'hang' });
  const leave = new AbortController();
  const probes = Array.from({ length: 3 }, (_, i) =>
    fetch(`${scene.url}/v1/predict`, {
      method: 'POST',
      headers: scene.headers,
      body: JSON.stringify({ input: `probe ${i}`, ...llama }),
      signal: leave.signal,
    }).catch(() => undefined),
  );
  await until('three probes are on their way', () => scene.calls === calls + 3);
  for (let i = 0; i < 3; i += 1) expect((await scene.predict(`too many ${i}`, llama)).status).toBe(503);
  expect(scene.calls).toBe(calls + 3);

  // Clients who leave say nothing about the model: their probes free their places, and others may probe.
  leave.abort();
  await Promise.all(probes);
  await scene.llm.clearFaults();
  await until('there is room for a probe', async () => (await scene.predict('another probe', llama)).status === 200);
  expect(await scene.circuit('llama')).toBe('half_open');
});

test('qwen opens at 40 %, the others at 50 %', async () => {
  const scene = await Scene.start({ env: { CACHE_ENABLED: 'false' } });
  await play(scene, 'qwen', '+++-');
  expect(await state(scene, 'qwen')).toBe('closed');
  await play(scene, 'qwen', '-');
  expect(await state(scene, 'qwen')).toBe('open');

  await play(scene, 'mistral', '+++--');
  expect(await state(scene, 'mistral')).toBe('closed');
  await play(scene, 'mistral', '-');
  expect(await state(scene, 'mistral')).toBe('open');
});

describe('what opens it', () => {
  test.each<[string, LlmFault]>([
    ['a 401', { kind: 'wrong_key' }],
    ['an exhausted quota, though it comes as a 429', { kind: 'insufficient_quota' }],
    [
      'an exhausted quota inside a 200',
      { kind: 'error_event', type: 'insufficient_quota', code: 'insufficient_quota' },
    ],
  ])('%s, and nobody asks again before', async (_what, fault) => {
    const scene = await Scene.start();
    await scene.llm.setFault(fault);
    for (let i = 0; i < 5; i += 1) expect((await scene.predict(`question ${i}`, llama)).status).toBe(503);
    expect(scene.calls).toBe(5);
    expect(await state(scene, 'llama')).toBe('open');
    expect((await scene.predict('and again', llama)).status).toBe(503);
    expect(scene.calls).toBe(5);
  });

  test('calls slower than the limit, though they succeed', async () => {
    const scene = await Scene.start({
      env: { CIRCUIT_BREAKER_SLOW_CALL_SECS: '0.05' },
      llm: { firstDelayMs: 100 },
    });
    const asked = Array.from({ length: 5 }, (_, i) => scene.predict(`question ${i}`, llama));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await state(scene, 'llama')).toBe('open');
  });
});

test("a caller's short timeout never opens it", async () => {
  const scene = await Scene.start({ table: noFallbacks });
  await scene.llm.setFault({ kind: 'hang' });
  const header = { 'Request-Timeout-Secs': '1' };
  const asked = Array.from({ length: 10 }, (_, i) => scene.predict(`question ${i}`, llama, header));
  expect((await Promise.all(asked)).every(({ status }) => status === 504)).toBe(true);
  expect(scene.calls).toBe(10);
  await scene.llm.clearFaults();
  expect((await scene.predict('an answer', llama)).status).toBe(200);
  expect(scene.states('llama')).toEqual([]);
});

test("a client's own mistake never opens it", async () => {
  const scene = await Scene.start();
  await scene.llm.setFault({ kind: 'status', status: 400 });
  for (let i = 0; i < 10; i += 1) expect((await scene.predict(`question ${i}`, llama)).status).toBe(503);
  expect(scene.states('llama')).toEqual([]);
});

describe('downshift', () => {
  test('is in answer, metric and log, and ends when the model is back', async () => {
    const scene = await Scene.start({ env: { CIRCUIT_BREAKER_TIMEOUT_SECS: '1.5' } });
    const creative = { mode: 'creative' };
    const messages = () => scene.log().map((line) => String(line['msg']));
    expect((await scene.predict('before', creative)).body.model).toBe('qwen');
    expect(await scene.metric('llm_mode_downshift_total')).toBe(0);

    await scene.open('qwen');
    const calls = scene.calls;
    const { body } = await scene.predict('meanwhile', creative);
    expect(body).toMatchObject({ model: 'mistral', degradation: 'full' });
    expect(scene.calls).toBe(calls + 1);
    expect(await scene.metric('llm_mode_downshift_total', { from: 'creative', to: 'balanced' })).toBe(1);
    expect(messages()).toContain('downshift: mode creative is answered as balanced');

    await until('the model answers again', async () => (await scene.predict('after', creative)).body.model === 'qwen');
    expect(messages()).toContain('mode creative is answered by its own model again');
  });

  test('goes two steps when both are open', async () => {
    const scene = await Scene.start();
    await scene.open('qwen');
    await scene.open('mistral');
    expect((await scene.predict('meanwhile', { mode: 'creative' })).body.model).toBe('llama');
    expect(await scene.metric('llm_mode_downshift_total', { from: 'creative', to: 'fast' })).toBe(1);
  });

  test('does not happen when it is off', async () => {
    const scene = await Scene.start({ env: { AUTO_DOWNSHIFT_ENABLED: 'false' } });
    await scene.open('qwen');
    const calls = scene.calls;
    expect((await scene.predict('meanwhile', { mode: 'creative' })).status).toBe(503);
    expect(scene.calls).toBe(calls);
    expect(await scene.metric('llm_mode_downshift_total')).toBe(0);
  });
});

describe('while every model is open', () => {
  async function openAll(scene: Scene): Promise<void> {
    for (const model of Object.keys(defaultModelTable.models)) await scene.open(model);
  }

  test('passages are quoted, as answer, metric and log say', async () => {
    const scene = await Scene.start();
    await scene.store('sea', '# The sea\n\nThe sea is salty because rivers carry minerals into it.');
    await openAll(scene);
    const calls = scene.calls;
    const { status, body } = await scene.ask('Why is the sea salty?');
    expect(status).toBe(200);
    expect(body).toMatchObject({ degradation: 'retrieval_only', cached: false, cost_usd: 0 });
    expect(body.answer).toContain('rivers carry minerals');
    expect(body.citations[0]?.title).toBe('The sea');
    expect(scene.calls).toBe(calls);
    expect(await scene.metric('rag_degradation_mode', { mode: 'retrieval_only' })).toBe(1);
    expect(await scene.metric('rag_degradation_mode', { mode: 'full' })).toBe(0);
    expect(scene.log().map((line) => line['msg'])).toContain('degradation mode is now retrieval_only');
    // It is ready all the same: degraded answers beat none.
    const ready = await fetch(`${scene.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'degraded', checks: { llm: false } });
  });

  test('a stored answer is given though it is stale, and says cached', async () => {
    const scene = await Scene.start({ env: { MEMORY_CACHE_TTL_SECS: '0.001' } });
    const first = await scene.predict('stored', { mode: 'fast' });
    expect(first.body).toMatchObject({ degradation: 'full', cached: false });
    await openAll(scene);
    const calls = scene.calls;
    const stale = await scene.predict('stored', { mode: 'fast' });
    expect(stale.body).toMatchObject({ answer: first.body.answer, degradation: 'cached', cached: true, cost_usd: 0 });
    expect(scene.calls).toBe(calls);
    expect(await scene.metric('rag_queries_total', { status: 'degraded' })).toBe(1);
    // Nothing stored and nothing to quote.
    expect((await scene.predict('not stored', { mode: 'fast' })).status).toBe(503);
  });
});
