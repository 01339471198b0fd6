import { describe, expect, test } from 'vitest';
import { until } from '../processes.ts';
import type { Fault } from '../standins/faults.ts';
import type { LlmFault } from '../standins/llm.ts';
import { measureRetries } from './retry-budget.ts';
import { noFallbacks, Scene } from './set-up.ts';

const fast = { mode: 'fast' } as const;

describe('what a 200 holds', () => {
  test.each<[string, LlmFault | Fault]>([
    ['an error event', { kind: 'error_event' }],
    ['an error event after some of the answer', { kind: 'error_event', afterPieces: 2 }],
    [
      'an error beside what looks like an answer',
      {
        kind: 'status',
        status: 200,
        body: {
          choices: [{ index: 0, message: { content: 'half of it' }, finish_reason: 'stop' }],
          error: { message: 'failed' },
        },
      },
    ],
    ['empty choices', { kind: 'empty_choices' }],
    ['something of another shape', { kind: 'wrong_schema' }],
    ['what is not JSON', { kind: 'bad_json' }],
    ['a truncated answer', { kind: 'cut_stream', afterPieces: 2 }],
    ['an answer that breaks off', { kind: 'truncate', afterBytes: 400 }],
  ])('%s is a failure, not an answer, and is not cached', async (_what, fault) => {
    const scene = await Scene.start({ env: { AUTO_DOWNSHIFT_ENABLED: 'true' } });
    await scene.llm.setFault(fault, { only: 'qwen' });
    // The first model fails, so the next one answers; nothing of what the first wrote is in it.
    const { status, body } = await scene.predict('one two three four five six', { mode: 'creative' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: 'mistral', cached: false });
    expect(body.answer).toBe('The stand-in was asked: one two three four five six');
    expect(await scene.metric('llm_request_failures_total', { model: 'qwen' })).toBeGreaterThanOrEqual(1);

    await scene.llm.clearFaults();
    expect((await scene.predict('one two three four five six', { mode: 'creative' })).body.cached).toBe(false);
  });

  test('five failures inside a 200 open the breaker', async () => {
    const scene = await Scene.start({ table: noFallbacks });
    await scene.llm.setFault({ kind: 'error_event' });
    const asked = Array.from({ length: 5 }, (_, i) => scene.predict(`question ${i}`, fast));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
    expect(await scene.circuit('llama')).toBe('open');
  });
});

describe('never cached', () => {
  test.each<[string, LlmFault]>([
    ['an answer cut by its length', { kind: 'length' }],
    ['a filtered answer', { kind: 'content_filter' }],
  ])('%s', async (_what, fault) => {
    const scene = await Scene.start({ table: noFallbacks });
    await scene.llm.setFault(fault, { requests: 1 });
    const partial = await scene.predict('one two three four', fast);
    expect(partial.status).toBe(200);
    const whole = await scene.predict('one two three four', fast);
    expect(whole.body).toMatchObject({ cached: false, answer: 'The stand-in was asked: one two three four' });
    expect(whole.body.answer).not.toBe(partial.body.answer);
    expect((await scene.predict('one two three four', fast)).body.cached).toBe(true);
  });

  test('an empty answer, which is a failure', async () => {
    const scene = await Scene.start({ table: noFallbacks, llm: { reply: () => '' } });
    expect((await scene.predict('anything', fast)).status).toBe(503);
    scene.llm.settings.reply = () => 'something';
    expect((await scene.predict('anything', fast)).body).toMatchObject({ answer: 'something', cached: false });
  });

  test('an answer that is not valid by its schema, and the fallback for it', async () => {
    const scene = await Scene.start({
      table: noFallbacks,
      env: { JSON_GUARD_BACKOFF_BASE_SECS: '0', JSON_GUARD_JITTER_SECS: '0' },
      llm: { reply: () => '{"n":"many"}' },
    });
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    const bad = await scene.predict('how many?', { ...fast, schema, fallback: { n: 0 } });
    expect(bad.body).toMatchObject({ error: true, answer: { n: 0 } });
    scene.llm.settings.reply = () => '{"n":3}';
    expect((await scene.predict('how many?', { ...fast, schema })).body).toMatchObject({
      answer: { n: 3 },
      cached: false,
    });
  });

  test('an answer of a lesser mode than was asked for', async () => {
    const scene = await Scene.start();
    await scene.llm.setFault({ kind: 'wrong_key' }, { only: 'qwen', requests: 1 });
    expect((await scene.predict('anything', { mode: 'creative' })).body.model).toBe('mistral');
    expect((await scene.predict('anything', { mode: 'creative' })).body).toMatchObject({
      model: 'qwen',
      cached: false,
    });
  });
});

describe('silence', () => {
  test('a silent first model leaves the second its time', async () => {
    const scene = await Scene.start({ env: { REQUEST_TIMEOUT_SECS: '3' } });
    await scene.llm.setFault({ kind: 'hang' }, { only: 'qwen' });
    const { status, body } = await scene.predict('anyone there?', { mode: 'creative' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: 'mistral', degradation: 'full' });
    expect(scene.calls).toBe(2);
    expect(await scene.metric('llm_mode_downshift_total', { from: 'creative', to: 'balanced' })).toBe(1);
  });

  test.each<[string, Fault | LlmFault]>([
    ['accepts and stays silent', { kind: 'hang' }],
    ['sends headers and no body', { kind: 'hang_body' }],
  ])('an upstream that %s ends in 504 at the deadline, not later, and counts for the breaker', async (_what, fault) => {
    const scene = await Scene.start({ table: noFallbacks, env: { REQUEST_TIMEOUT_SECS: '0.5' } });
    await scene.llm.setFault(fault);
    const begin = performance.now();
    const asked = Array.from({ length: 5 }, (_, i) => scene.predict(`silence ${i}`, fast));
    const answers = await Promise.all(asked);
    const late = performance.now() - begin - 500;
    console.log(`five deadline errors, the last one ${late.toFixed(0)} ms after the deadline`);
    expect(answers.map(({ status }) => status)).toEqual([504, 504, 504, 504, 504]);
    expect(answers[0]?.body).toMatchObject({ error: 'Deadline exceeded', retry_after: 1 });
    expect(late).toBeGreaterThanOrEqual(-5);
    // Not a second time as long: each of them had one call, which ended with it.
    expect(late).toBeLessThan(2_000);
    expect(scene.calls).toBe(5);
    await until('the breaker is open', async () => (await scene.circuit('llama')) === 'open');
  });

  test('a question with documents gets 504 too, not a quotation at the last moment', async () => {
    const scene = await Scene.start({ table: noFallbacks, env: { REQUEST_TIMEOUT_SECS: '0.5' } });
    await scene.store('sea', 'The sea is salty.');
    await scene.llm.setFault({ kind: 'hang' });
    const asked = Array.from({ length: 4 }, (_, i) => scene.ask(`Is the sea salty ${i}?`, fast));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([504, 504, 504, 504]);
  });
});

describe('calls are bounded', () => {
  test.each(['creative', 'balanced', 'fast'])(
    'with everything failing one request in mode %s makes at most 3 model calls',
    async (mode) => {
      const scene = await Scene.start();
      await scene.llm.setFault({ kind: 'status', status: 500 });
      expect((await scene.predict('anything', { mode })).status).toBe(503);
      expect(scene.calls).toBe(3);
    },
  );

  test('a schema whose answers are never valid makes at most 3 model calls, whatever attempts are configured', async () => {
    const scene = await Scene.start({
      env: { JSON_GUARD_MAX_ATTEMPTS: '10', JSON_GUARD_BACKOFF_BASE_SECS: '0', JSON_GUARD_JITTER_SECS: '0' },
      llm: { reply: () => 'no JSON' },
    });
    const schema = { type: 'object' };
    expect((await scene.predict('anything', { mode: 'creative', schema })).body).toMatchObject({ error: true });
    expect(scene.calls).toBe(3);
  });

  test('failures and invalid answers share the 3 calls', async () => {
    const scene = await Scene.start({
      env: { JSON_GUARD_BACKOFF_BASE_SECS: '0', JSON_GUARD_JITTER_SECS: '0' },
      llm: { reply: () => 'no JSON' },
    });
    await scene.llm.setFault({ kind: 'status', status: 500 }, { requests: 2 });
    const { status, body } = await scene.predict('anything', { mode: 'creative', schema: { type: 'object' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ error: true, answer: { error: true } });
    expect(scene.calls).toBe(3);
  });
});

test('with all models failing at constant load the retry budget alone keeps calls to 1.10 times the requests, plus 10', async () => {
  const { requests, admitted, calls, most } = await measureRetries({ seconds: 3, perSecond: 100, breakers: false });
  console.log(`${requests} requests, ${admitted} admitted: ${calls} model calls, at most ${most} allowed`);
  expect(admitted).toBeGreaterThan(200);
  expect(calls).toBeLessThanOrEqual(most);
  // What may be retried is.
  expect(calls).toBeGreaterThan(admitted + 10);
});

test('a 429 with Retry-After moves on to the next model, and the first is not called before it is over', async () => {
  const scene = await Scene.start({ env: { CACHE_ENABLED: 'false' } });
  await scene.llm.setFault({ kind: 'rate_limit', retryAfter: 2 }, { only: 'qwen', requests: 1 });
  const limitedAt = performance.now();
  expect((await scene.predict('first', { mode: 'creative' })).body.model).toBe('mistral');
  const callsToQwen = () => scene.llm.calls.filter(({ model }) => model === 'qwen').length;
  const before = callsToQwen();
  // Also who asks for it by its name has to wait.
  expect((await scene.predict('by name', { model: 'qwen' })).status).toBe(503);
  expect(callsToQwen()).toBe(before);

  let asked = 0;
  await until('the first model answers again', async () => {
    const { status, body } = await scene.predict(`again ${asked++}`, { mode: 'creative' });
    expect(status).toBe(200);
    return body.model === 'qwen';
  });
  expect(performance.now() - limitedAt).toBeGreaterThanOrEqual(2_000);
  expect(callsToQwen()).toBe(before + 1);
  expect(asked).toBeGreaterThan(1);
  expect(await scene.circuit('qwen')).toBe('closed');
});
