import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../processes.ts';
import { startLiteLlm, type LiteLlm } from '../standins/litellm.ts';
import { startLlmStandin, type LlmFault, type LlmStandin } from '../standins/llm.ts';
import type { Fault } from '../standins/faults.ts';
import { eventsOf, prices, Service } from './service.ts';

const masterKey = 'sk-of-the-tests';

let qwen: LlmStandin;
let mistral: LlmStandin;
let proxy: LiteLlm;
beforeAll(async () => {
  qwen = await startLlmStandin({ models: ['qwen'], reply: () => 'Set PORT, says qwen [1].' });
  mistral = await startLlmStandin({ models: ['mistral'], reply: () => 'Set PORT, says mistral [1].' });
  proxy = await startLiteLlm({
    models: [
      { name: 'qwen', apiBase: qwen.url },
      { name: 'mistral', apiBase: mistral.url },
    ],
    masterKey,
  });
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all([qwen.close(), mistral.close()]);
});
beforeEach(async () => {
  qwen.settings.pace = { firstDelayMs: 0, pieceDelayMs: 0 };
  await Promise.all([qwen.clearFaults(), mistral.clearFaults()]);
});

// What the service builds on, as this version of LiteLLM really does it, without a database.
describe('the proxy', () => {
  interface Completion {
    readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[];
    readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
  }

  interface Chunk {
    readonly choices?: readonly { readonly delta: { readonly content?: string }; readonly finish_reason?: string }[];
    readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
    readonly error?: unknown;
  }

  const messages = [{ role: 'user', content: 'How do I change the port?' }];

  function complete(
    more: Readonly<Record<string, unknown>> = {},
    { key = masterKey, signal }: { key?: string; signal?: AbortSignal } = {},
  ): Promise<Response> {
    return fetch(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(key === '' ? {} : { Authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model: 'qwen', messages, ...more }),
      ...(signal && { signal }),
    });
  }

  async function chunks(): Promise<(Chunk | '[DONE]')[]> {
    const response = await complete({ stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    return eventsOf(await response.text()).map(({ data }) => data as Chunk | '[DONE]');
  }

  test.each(['qwen', 'mistral'])('answers a completion of %s with its tokens', async (model) => {
    const { choices, usage } = (await (await complete({ model })).json()) as Completion;
    expect(choices).toMatchObject([{ message: { content: `Set PORT, says ${model} [1].` }, finish_reason: 'stop' }]);
    expect(usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 5 });
  });

  test('streams the pieces, why it stopped, and then the tokens', async () => {
    const all = await chunks();
    expect(all.at(-1)).toBe('[DONE]');
    const events = all.slice(0, -1) as Chunk[];
    const pieces = events.map(({ choices }) => choices?.[0]?.delta.content ?? '').filter((piece) => piece !== '');
    expect(pieces).toEqual(['Set', ' PORT,', ' says', ' qwen', ' [1].']);
    expect(events.at(-2)?.choices?.[0]?.finish_reason).toBe('stop');
    expect(events.at(-1)?.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 5 });
  });

  test.each([401, 403, 500, 503])(
    'passes a status %d on, after one try and without resting the model',
    async (status) => {
      const before = qwen.requests;
      await qwen.setFault({ kind: 'status', status });
      for (let asked = 0; asked < 6; asked += 1) expect((await complete()).status).toBe(status);
      expect(qwen.requests - before).toBe(6);
      await qwen.clearFaults();
      expect((await complete()).status).toBe(200);
    },
  );

  test('passes a 429 on, its Retry-After under a name of its own', async () => {
    await qwen.setFault({ kind: 'rate_limit', retryAfter: 7 });
    const response = await complete();
    expect(response.status).toBe(429);
    expect(response.headers.get('llm_provider-retry-after')).toBe('7');
    expect(response.headers.get('retry-after')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { type: 'throttling_error', code: '429' } });
  });

  test('passes a used-up quota on as if it were a rate limit', async () => {
    await qwen.setFault({ kind: 'insufficient_quota' });
    const response = await complete();
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { type: 'throttling_error', code: '429' } });
  });

  test('refuses a wrong key with 400 and the type no_db_connection, since only its database could know the key', async () => {
    const response = await complete({}, { key: `${masterKey}-wrong` });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'no_db_connection', code: '400' } });
  });

  test('refuses a request without a key with 401, and a model that it does not know with 400', async () => {
    expect((await complete({}, { key: '' })).status).toBe(401);
    expect((await complete({ model: 'nobody' })).status).toBe(400);
  });

  test.each<LlmFault | Fault>([
    { kind: 'truncate', afterBytes: 600 },
    { kind: 'error_event', afterPieces: 2 },
  ])('ends a stream that is cut by $kind with an error and no [DONE]', async (fault) => {
    await qwen.setFault(fault);
    // A status and JSON when the cut comes before the first piece is out, else an event.
    const text = await (await complete({ stream: true })).text();
    expect(text).toMatch(/"error": ?{.*"code": ?"500"/);
    expect(text).not.toContain('[DONE]');
  });

  test.each<LlmFault | Fault>([
    { kind: 'cut_stream', afterPieces: 2 },
    { kind: 'empty_choices' },
    { kind: 'bad_json' },
    { kind: 'wrong_schema' },
    { kind: 'ignores_stream' },
  ])(
    'makes a clean end up for a stream that ends by $kind, so that only its being empty could be seen',
    async (fault) => {
      await qwen.setFault(fault);
      const all = await chunks();
      expect(all.at(-1)).toBe('[DONE]');
      const events = all.slice(0, -1) as Chunk[];
      expect(events.findLast(({ choices }) => choices?.[0]?.finish_reason)?.choices?.[0]?.finish_reason).toBe('stop');
    },
  );

  test('says zeros where a model does not say its tokens, and counts by itself in a stream', async () => {
    await qwen.setFault({ kind: 'no_usage' });
    const { usage } = (await (await complete()).json()) as Completion;
    expect(usage).toMatchObject({ prompt_tokens: 0, completion_tokens: 0 });
    const streamed = (await chunks()).findLast((chunk) => chunk !== '[DONE]' && chunk.usage !== undefined) as Chunk;
    expect(streamed.usage?.completion_tokens).toBeGreaterThan(0);
  });

  test('ends the call of a model when the reader of its stream leaves', async () => {
    qwen.settings.pace = { firstDelayMs: 0, pieceDelayMs: 500 };
    const before = qwen.aborts.length;
    const client = new AbortController();
    const response = await complete({ stream: true }, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await until('the call has ended', () => qwen.aborts.length > before);
    expect(qwen.aborts.at(-1)?.by).toBe('client');
  });
});

describe('the service behind which the proxy stands', () => {
  const question = 'How do I change the port?';
  const creative = { mode: 'creative' };
  const downshifts = 'llm_mode_downshift_total{from="creative",to="balanced"}';

  function startService(env: Readonly<Record<string, string>> = {}): Promise<Service> {
    return Service.start({ LLM_BASE_URL: `${proxy.url}/v1`, LLM_API_KEY: masterKey, ...env });
  }

  const breaker = (model: string) => `circuit_breaker_state{model="${model}"}`;

  test('answers with citations, tokens, and the cost by the table’s prices', async () => {
    const service = await startService();
    const answer = await service.ask(question, creative);
    expect(answer).toMatchObject({ model: 'qwen', cached: false, degradation: 'full', variant: 'default' });
    expect(answer.answer).toContain('says qwen');
    expect(answer.citations[0]).toMatchObject({ snippet: expect.stringContaining('PORT') as string });
    const { input, output } = answer.tokens;
    expect(input).toBeGreaterThan(20);
    expect(output).toBe(5);
    expect(answer.cost_usd).toBeCloseTo((input * prices.qwen.input + output * prices.qwen.output) / 1000, 10);
    expect(await service.ask(question, creative)).toMatchObject({ cached: true, cost_usd: 0 });
  });

  test('streams tokens and citations, and then the whole answer', async () => {
    const service = await startService();
    const events = await service.stream(question);
    const names = events.map(({ event }) => event);
    expect(names.slice(0, 2)).toEqual(['token', 'token']);
    expect(names).toContain('citation');
    expect(names.at(-1)).toBe('done');
    const text = events.filter(({ event }) => event === 'token').map(({ data }) => (data as { text: string }).text);
    const done = events.at(-1)?.data as Awaited<ReturnType<Service['ask']>>;
    expect(done).toMatchObject({ model: 'mistral', answer: text.join(''), tokens: { output: 5 } });
    const { input, output } = prices.mistral;
    expect(done.cost_usd).toBeCloseTo((done.tokens.input * input + done.tokens.output * output) / 1000, 10);
  });

  test('takes the next mode while a model fails, and the first again when that is well', async () => {
    const service = await startService({ CIRCUIT_BREAKER_TIMEOUT_SECS: '1', CIRCUIT_BREAKER_SUCCESS_THRESHOLD: '2' });
    expect((await service.ask(question, creative)).model).toBe('qwen');
    await qwen.setFault({ kind: 'status', status: 500 });
    let asked = 0;
    const next = () => service.ask(`${question} ${(asked += 1)}`, creative);
    await until('the breaker of qwen is open', async () => {
      // Until then answers may come from either model, or from none.
      await next().catch(() => undefined);
      return (await service.metric(breaker('qwen'))) === 1;
    });
    expect(await service.metric(breaker('mistral'))).toBe(0);
    expect(await next()).toMatchObject({ model: 'mistral', degradation: 'full' });
    expect(await service.metric(downshifts)).toBeGreaterThan(0);
    expect(service.messages).toContainEqual(expect.stringMatching(/^downshift: /));
    await qwen.clearFaults();
    await until('qwen answers again', async () => (await next()).model === 'qwen');
    await until('the breaker of qwen is closed', async () => {
      await next();
      return (await service.metric(breaker('qwen'))) === 0;
    });
    expect(await next()).toMatchObject({ model: 'qwen', degradation: 'full' });
  });

  test('takes an empty answer for a failure, since the proxy makes one of what it cannot read', async () => {
    const service = await startService();
    await qwen.setFault({ kind: 'wrong_schema' });
    const answer = await service.ask(question, creative);
    expect(answer).toMatchObject({ model: 'mistral', degradation: 'full' });
    expect(answer.answer).toContain('says mistral');
  });

  test('leaves models alone for as long as they ask for', async () => {
    const service = await startService();
    for (const model of [qwen, mistral]) await model.setFault({ kind: 'rate_limit', retryAfter: 600 });
    const predict = () => service.post('/v1/predict', { input: 'Say something.', ...creative });
    await predict();
    const before = qwen.calls.length + mistral.calls.length;
    const response = await predict();
    expect(response.status).toBe(503);
    const { retry_after } = (await response.json()) as { retry_after: number };
    expect(retry_after).toBeGreaterThan(500);
    expect(qwen.calls.length + mistral.calls.length).toBe(before);
  });

  test('opens the breakers when its key is wrong, and then quotes passages', async () => {
    const before = qwen.calls.length + mistral.calls.length;
    const service = await startService({ LLM_API_KEY: `${masterKey}-wrong` });
    let asked = 0;
    await until('the breakers are open', async () => {
      await service.post('/query', { question: `${question} ${(asked += 1)}`, ...creative });
      return (await service.metric(breaker('qwen'))) === 1 && (await service.metric(breaker('mistral'))) === 1;
    });
    const answer = await service.ask(`${question} ${(asked += 1)}`, creative);
    expect(answer).toMatchObject({ degradation: 'retrieval_only', cost_usd: 0 });
    expect(answer.citations).not.toEqual([]);
    expect(qwen.calls.length + mistral.calls.length).toBe(before);
  });
});
