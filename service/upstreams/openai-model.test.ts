import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../test/processes.ts';
import { startLlmStandin, type LlmFault, type LlmStandin } from '../../test/standins/llm.ts';
import { startStandin } from '../../test/standins/standin.ts';
import type { Fault } from '../../test/standins/faults.ts';
import { defaultModelTable } from '../contract/models.ts';
import { HttpPool } from './http-pool.ts';
import { PromptTooLongError, type GenerateRequest } from './language-model.ts';
import { checkModels, OpenAiModel, type OpenAiModelOptions } from './openai-model.ts';
import type { UpstreamError } from '../resilience/upstream-error.ts';

const entry = defaultModelTable.models['mistral'] ?? expect.unreachable('there is a model');
const temperatures = { creative: 0.9, balanced: 0.3, fast: 0 };
const { signal: never } = new AbortController();
const request: GenerateRequest = {
  question: 'How warm is the pool?',
  passages: [
    { id: 'pool#heat', title: 'Heat', text: 'It has 28 degrees.', score: 1 },
    { id: 'pool#depth', title: 'Depth', text: 'It is deep.', score: 0.5 },
  ],
  mode: 'balanced',
  signal: never,
};
const reply = 'The pool has 28 degrees [1], größer 🏊 and deep.';

let standin: LlmStandin;
let pool: HttpPool;
beforeEach(async () => {
  standin = await startLlmStandin({ reply: () => reply });
  pool = new HttpPool('llm', standin.url, { connections: 4, headers: { authorization: 'Bearer key' } });
});
afterEach(async () => {
  await pool.close();
  await standin.close();
});

const model = (options: Partial<OpenAiModelOptions> = {}) =>
  new OpenAiModel({ name: 'mistral', entry, temperatures, pool, ...options });
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('did not fail'),
    (error: unknown) => error as UpstreamError,
  );

describe('an answer', () => {
  it('comes piece by piece, and whole at the end', async () => {
    const onText = vi.fn<(text: string) => void>();
    const generation = await model().generate({ ...request, onText });
    expect(generation).toMatchObject({ text: reply, used: [0, 1], finish: 'stop' });
    expect(onText.mock.calls.length).toBeGreaterThan(5);
    expect(onText.mock.calls.flat().join('')).toBe(reply);
  });

  it('comes at once from a server that does not stream', async () => {
    await standin.setFault({ kind: 'ignores_stream' });
    const onText = vi.fn();
    const generation = await model().generate({ ...request, onText });
    expect(generation).toEqual({
      text: reply,
      used: [0, 1],
      inputTokens: expect.any(Number) as number,
      outputTokens: 10,
      finish: 'stop',
    });
    expect(onText.mock.calls).toEqual([[reply]]);
  });

  it.each(['length', 'content_filter'] as const)('that stops because of its %s says so', async (kind) => {
    await standin.setFault({ kind });
    const generation = await model().generate(request);
    expect(generation.finish).toBe(kind);
    expect(reply.startsWith(generation.text)).toBe(true);
  });

  it('may be empty when the model was stopped', async () => {
    standin.settings.reply = () => '';
    await standin.setFault({ kind: 'content_filter' });
    expect(await model().generate(request)).toMatchObject({ text: '', finish: 'content_filter', outputTokens: 0 });
  });

  it('leaves its connection to the next one', async () => {
    const single = new HttpPool('llm', standin.url, { connections: 1 });
    for (let turn = 0; turn < 3; turn += 1) await model({ pool: single }).generate(request);
    await standin.setFault({ kind: 'ignores_stream' });
    for (let turn = 0; turn < 2; turn += 1) await model({ pool: single }).generate(request);
    expect(standin.connections).toBe(1);
    await single.close();
  });
});

describe('a request', () => {
  it('asks for a stream with its usage, with the limits of the model and the temperature of the mode', async () => {
    await model().generate(request);
    expect(standin.calls[0]).toEqual({
      model: 'mistral',
      messages: expect.any(Array) as unknown[],
      temperature: 0.3,
      max_tokens: 1024,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(standin.calls[0]?.messages[1]?.content).toContain('[2] Depth');
    expect(standin.lastHeaders).toMatchObject({ authorization: 'Bearer key' });
  });

  it('calls the model by the name that it has at its provider', async () => {
    await model({ entry: { ...entry, provider_model: 'mistralai/Mistral-7B' } }).generate({ ...request, mode: 'fast' });
    expect(standin.calls[0]).toMatchObject({ model: 'mistralai/Mistral-7B', temperature: 0 });
  });

  it('is about the passages that fit, and says which', async () => {
    const passages = [
      ...(request.passages ?? []),
      { id: 'long', title: 'Long', text: 'word '.repeat(10_000), score: 0.1 },
    ];
    const { used } = await model().generate({ ...request, passages });
    expect(used).toEqual([0, 1]);
    expect((await model().generate({ ...request, passages: undefined })).used).toEqual([]);
  });

  it('that does not fit is not sent', async () => {
    const long = { ...request, question: 'word '.repeat(10_000) };
    await expect(model().generate(long)).rejects.toThrow(PromptTooLongError);
    expect(() => model().sizeOf(long)).toThrow(PromptTooLongError);
    expect(standin.requests).toBe(0);
  });
});

describe('the usage', () => {
  it('is what the provider counted', async () => {
    const { inputTokens, outputTokens } = await model().generate(request);
    const words = standin.calls[0]?.messages.flatMap(({ content }) => content.match(/\S+/g)).length;
    expect([inputTokens, outputTokens]).toEqual([words, 10]);
  });

  it('is counted here when the provider says nothing', async () => {
    await standin.setFault({ kind: 'no_usage' });
    const { inputTokens, outputTokens } = await model().generate(request);
    expect(inputTokens).toBe(model().sizeOf(request).estimated);
    expect(outputTokens).toBe(model().countTokens(reply));
    expect(outputTokens).toBeGreaterThan(5);
  });

  it.each([
    [{ prompt_tokens: -1, completion_tokens: 2 }],
    [{ prompt_tokens: 1.5, completion_tokens: 2 }],
    [{ prompt_tokens: '7', completion_tokens: 2 }],
    [{ prompt_tokens: 1e12, completion_tokens: 2 }],
    [{ prompt_tokens: 7 }],
    [null],
  ])('is counted here when the provider says %j', async (usage) => {
    const body = { choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }], usage };
    await standin.setFault({ kind: 'status', status: 200, body });
    expect((await model().generate(request)).inputTokens).toBe(model().sizeOf(request).estimated);
  });
});

describe('a failure', () => {
  const cases: [LlmFault | Fault, string][] = [
    [{ kind: 'reset' }, 'connection'],
    [{ kind: 'truncate' }, 'cut'],
    [{ kind: 'truncate', afterBytes: 700 }, 'cut'],
    [{ kind: 'cut_stream', afterPieces: 3 }, 'cut'],
    [{ kind: 'cut_stream', afterPieces: 0 }, 'cut'],
    [{ kind: 'error_event' }, 'malformed'],
    [{ kind: 'error_event', afterPieces: 3 }, 'malformed'],
    [{ kind: 'error_event', code: 'rate_limit_exceeded' }, 'rate_limited'],
    [{ kind: 'error_event', type: 'insufficient_quota' }, 'quota'],
    [{ kind: 'empty_choices' }, 'malformed'],
    [{ kind: 'bad_json' }, 'malformed'],
    [{ kind: 'wrong_schema' }, 'malformed'],
    [{ kind: 'status', status: 503 }, 'server'],
    [{ kind: 'status', status: 400 }, 'rejected'],
    [{ kind: 'wrong_key' }, 'credentials'],
    [{ kind: 'rate_limit', retryAfter: 3 }, 'rate_limited'],
    [{ kind: 'insufficient_quota' }, 'quota'],
  ];

  it.each(cases)('%j is of the kind %s, and names the model', async (fault, kind) => {
    await standin.setFault(fault);
    const error = await failureOf(model().generate(request));
    expect(error).toMatchObject({ name: 'UpstreamError', upstream: 'mistral', fault: kind });
  });

  it('says how long to wait', async () => {
    await standin.setFault({ kind: 'rate_limit', retryAfter: 3 });
    expect(await failureOf(model().generate(request))).toMatchObject({ retryAfterSeconds: 3, status: 429 });
  });

  it('is of one model where another is well', async () => {
    await standin.setFault({ kind: 'status', status: 500 }, { only: 'mistral' });
    expect(await failureOf(model().generate(request))).toMatchObject({ fault: 'server' });
    expect(await model({ name: 'llama' }).generate(request)).toMatchObject({ finish: 'stop' });
  });

  it.each([
    [{ choices: [] }],
    [{ choices: 'none' }],
    [{ choices: [{ message: { content: 7 }, finish_reason: 'stop' }] }],
    [{ choices: [{ message: { content: null }, finish_reason: 'stop' }] }],
    [{ choices: [{ message: { content: ' \n' }, finish_reason: 'stop' }] }],
    [{ choices: [{ message: { content: '' }, finish_reason: 'tool_calls' }] }],
    [{ error: { message: 'private' }, choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] }],
    [{ error: 'private' }],
    ['[]'],
    ['null'],
    [''],
  ])('is also a 200 with %j', async (body) => {
    await standin.setFault({ kind: 'status', status: 200, body });
    const error = await failureOf(model().generate(request));
    expect(error.fault).toBe('malformed');
    expect(error.message).not.toContain('private');
  });

  it('is a completion that says why it stopped in a way of its own, but has text', async () => {
    await standin.setFault({ kind: 'status', status: 200, body: { choices: [{ message: { content: 'yes' } }] } });
    expect(await model().generate(request)).toMatchObject({ text: 'yes', finish: 'other' });
  });
});

describe('a stream', () => {
  /** A server that sends these texts as its stream, and keeps it open when told to. */
  async function generateFrom(
    pieces: Iterable<string> | AsyncIterable<string>,
    { open = false, idleMs = 50, onText }: { open?: boolean; idleMs?: number; onText?: () => void } = {},
  ) {
    async function* body(signal: AbortSignal) {
      yield* pieces;
      if (open) await new Promise((end) => signal.addEventListener('abort', end));
    }
    const raw = await startStandin({
      name: 'raw',
      answer: ({ signal }) => ({ status: 200, headers: { 'content-type': 'Text/Event-Stream' }, body: body(signal) }),
    });
    const other = new HttpPool('llm', raw.url, { connections: 1 });
    try {
      return await model({ pool: other, idleMs }).generate({ ...request, ...(onText && { onText }) });
    } finally {
      await until('the connection is closed or free', () => open === raw.aborts.length > 0);
      await other.close();
      await raw.close();
    }
  }
  const event = (choice: unknown, more = {}) => `data: ${JSON.stringify({ choices: [choice], ...more })}\n\n`;
  const text = (content: string, index = 0) => event({ index, delta: { content } });
  const stop = event({ index: 0, delta: {}, finish_reason: 'stop' });

  it('is complete after the finish reason, though it has no mark of its end', async () => {
    expect(await generateFrom([text('yes'), stop])).toMatchObject({ text: 'yes', finish: 'stop' });
    expect(await generateFrom([text('yes'), stop], { open: true })).toMatchObject({ text: 'yes', finish: 'stop' });
  });

  it('is complete at the mark of its end, though it stays open', async () => {
    const pieces = [text('yes'), stop, 'data: [DONE]\n\n', text('more')];
    const options = { open: true, idleMs: 60_000 };
    expect(await generateFrom(pieces, options)).toMatchObject({ text: 'yes', finish: 'stop' });
  });

  it('that ends a little after its mark leaves its connection to the next one', async () => {
    async function* body() {
      yield text('yes') + stop + 'data: [DONE]\n\n';
      await delay(20);
    }
    const raw = await startStandin({
      name: 'raw',
      answer: () => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: body() }),
    });
    const other = new HttpPool('llm', raw.url, { connections: 1 });
    for (let turn = 0; turn < 3; turn += 1) await model({ pool: other }).generate(request);
    expect([raw.requests, raw.connections]).toEqual([3, 1]);
    await other.close();
    await raw.close();
  });

  it('has no known reason to stop when it only marks its end', async () => {
    expect(await generateFrom([text('yes'), 'data: [DONE]\n\n'])).toMatchObject({ text: 'yes', finish: 'other' });
  });

  it('may have chunks without a choice, and other answers than the first', async () => {
    const pieces = ['data: {"choices":[]}\n\n', text('yes'), text('no', 1), 'data: {}\n\n', stop, 'data: [DONE]\n\n'];
    expect(await generateFrom(pieces)).toMatchObject({ text: 'yes', finish: 'stop' });
  });

  it('with bad JSON or another shape in the middle is malformed, and closed', async () => {
    for (const bad of ['data: {"choices":\n\n', 'data: 7\n\n', event({ index: 0, delta: 'text' })]) {
      const failure = await failureOf(generateFrom([text('yes'), bad], { open: true }));
      expect(failure).toMatchObject({ fault: 'malformed' });
    }
  });

  it('with more text than an answer may have is malformed, and closed', async () => {
    function* endless() {
      for (;;) yield text('x'.repeat(100_000));
    }
    async function* body() {
      yield* endless();
    }
    const raw = await startStandin({
      name: 'raw',
      answer: () => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: body() }),
    });
    const other = new HttpPool('llm', raw.url, { connections: 1 });
    const failure = await failureOf(model({ pool: other }).generate(request));
    expect(failure).toMatchObject({ fault: 'malformed', message: 'mistral: sent more than 1048576 characters' });
    await until('the connection is closed', () => raw.aborts.length === 1);
    await other.close();
    await raw.close();
  });

  it('with an event that does not end is malformed', async () => {
    const pieces = ['data: ', ...Array.from({ length: 30 }, () => 'x'.repeat(100_000))];
    expect(await failureOf(generateFrom(pieces, { open: true }))).toMatchObject({ fault: 'malformed' });
  });

  it('fails as its reader does, and is closed', async () => {
    const onText = () => {
      throw new Error('reader');
    };
    expect(await failureOf(generateFrom([text('yes')], { open: true, onText }))).toEqual(new Error('reader'));
  });

  it('that goes silent ends as a timeout, and is closed', async () => {
    await standin.setFault({ kind: 'hang_body', afterBytes: 600 });
    const error = await failureOf(model({ idleMs: 50 }).generate(request));
    expect(error).toMatchObject({ fault: 'timeout', message: 'mistral: sent no more of its answer for 0.05 s' });
    await until('the connection is closed', () => standin.openSockets === 0);
  });

  it('that sends nothing but comments is silent', async () => {
    await standin.setFault({ kind: 'only_comments', everyMs: 5 });
    expect(await failureOf(model({ idleMs: 200 }).generate(request))).toMatchObject({ fault: 'timeout' });
  });

  it('may take longer than that in all, and for its first text', async () => {
    standin.settings.pace = { firstDelayMs: 0, pieceDelayMs: 200 };
    expect(await model({ idleMs: 1200 }).generate(request)).toMatchObject({ finish: 'stop' });
    async function* lateText() {
      yield text('');
      await delay(100);
      yield text('yes') + stop;
    }
    expect(await generateFrom(lateText(), { idleMs: 20 })).toMatchObject({ text: 'yes' });
  });
});

describe('an abort', () => {
  const reason = new Error('nobody waits');

  it('in the middle of an answer fails with its reason, and closes the connection', async () => {
    standin.settings.pace = { firstDelayMs: 0, pieceDelayMs: 50 };
    const controller = new AbortController();
    const onText = vi.fn(() => controller.abort(reason));
    expect(await failureOf(model().generate({ ...request, signal: controller.signal, onText }))).toBe(reason);
    await until('the stand-in sees it', () => standin.aborts.length === 1 && standin.openSockets === 0);
    expect(standin.aborts[0]).toMatchObject({ path: '/v1/chat/completions', by: 'client' });
    expect(onText).toHaveBeenCalledOnce();
  });

  it('before the first piece does too', async () => {
    await standin.setFault({ kind: 'hang' });
    const controller = new AbortController();
    const failure = failureOf(model().generate({ ...request, signal: controller.signal }));
    await until('the request arrives', () => standin.requests === 1);
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await until('the stand-in sees it', () => standin.aborts.length === 1 && standin.openSockets === 0);
  });
});

describe('the check of an endpoint', () => {
  it('is content with a list of models, or any answer that a living one gives', async () => {
    await checkModels(pool, never);
    for (const status of [404, 405, 429, 400]) {
      await standin.setFault({ kind: 'status', status });
      await checkModels(pool, never);
    }
  });

  it.each([
    [{ kind: 'status', status: 500 }, 'server'],
    [{ kind: 'status', status: 401 }, 'credentials'],
    [{ kind: 'status', status: 403 }, 'credentials'],
    [{ kind: 'reset' }, 'connection'],
  ] as const)('fails for %j', async (fault, kind) => {
    await standin.setFault(fault);
    expect(await failureOf(checkModels(pool, never))).toMatchObject({ upstream: 'llm', fault: kind });
  });

  it('fails with the reason of an abort', async () => {
    const reason = new Error('over');
    expect(await failureOf(checkModels(pool, AbortSignal.abort(reason)))).toBe(reason);
  });
});
