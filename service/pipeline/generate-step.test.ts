import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultModelTable } from '../contract/models.ts';
import type { Validation } from '../guard/schema-validator.ts';
import { BudgetExceededError } from '../limits/budget-exceeded-error.ts';
import { ModelCatalogue } from '../models/catalogue.ts';
import { fails, fakeModel, gateOf, open, testMetrics, writes, type Behaviour } from '../models/testing.ts';
import { UsageRecorder } from '../models/usage-recorder.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { CostLedger } from '../telemetry/costs.ts';
import { createLogger } from '../telemetry/logger.ts';
import { PromptTooLongError, type FinishReason } from '../upstreams/language-model.ts';
import { nothingFound } from '../upstreams/embedded/extractive-model.ts';
import type { Passage } from '../upstreams/retriever.ts';
import { ClientGoneError, UnavailableError } from './errors.ts';
import { generateStep, type GenerateStepParts } from './generate-step.ts';
import type { Answer, WorkContext } from './step.ts';
import { question, workContext } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const guardConfig: GenerateStepParts['config'] = {
  JSON_GUARD_ENABLED: true,
  JSON_GUARD_MAX_ATTEMPTS: 3,
  JSON_GUARD_BACKOFF_BASE_SECS: 1,
  JSON_GUARD_JITTER_SECS: 0.5,
  JSON_GUARD_FALLBACK_ENABLED: true,
};

const passages: Passage[] = [
  { id: 'birds#penguins', title: 'Penguins', text: 'A penguin swims. It does not fly.', score: 0.9 },
  { id: 'birds#owls', title: 'Owls', text: 'An owl flies at night.', score: 0.5 },
];

interface Given {
  readonly mistral?: readonly [...Behaviour[], Behaviour];
  readonly config?: Partial<GenerateStepParts['config']>;
  readonly context?: Partial<WorkContext>;
  readonly instructions?: string;
}

/** A balanced question about two passages: mistral answers, then llama. A valid value has a `name`. */
function build({
  mistral = [writes('yes', { used: [1] })],
  config = {},
  context: more = {},
  instructions,
}: Given = {}) {
  const models = { mistral: fakeModel('mistral', ...mistral), llama: fakeModel('llama', writes('llama says')) };
  const gates = { mistral: gateOf(models.mistral), llama: gateOf(models.llama) };
  const { metrics, valueOf } = testMetrics(Object.keys(models));
  const ledger = new CostLedger();
  const validate = vi.fn(async (_schema: unknown, value: unknown): Promise<Validation> =>
    (value as { name?: unknown }).name === undefined ? { valid: false, errors: 'name is missing' } : { valid: true },
  );
  const modes = { ...defaultModelTable.modes, creative: { ...defaultModelTable.modes.creative, model: 'mistral' } };
  const variants = { default: { weight: 1, models: {}, ...(instructions === undefined ? {} : { instructions }) } };
  const step = generateStep({
    catalogue: new ModelCatalogue(new Map(Object.entries(gates)), { modes, variants }, true),
    recorders: new Map(
      Object.values(models).map((model) => [model.name, new UsageRecorder(model, ['default'], ledger, metrics)]),
    ),
    retryBudget: new RetryBudget(),
    validator: { validate },
    variants,
    metrics,
    config: { ...guardConfig, ...config },
    log: createLogger({ LOG_LEVEL: 'fatal', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' }, '0', {
      write: () => undefined,
    }),
  });
  const context = workContext({ question: { ...question, text: 'Does a penguin fly?' }, passages, ...more });
  const ask = () => step(context, () => Promise.reject(new Error('there is no next step')));
  /** Answers, and lets the time pass that it takes. */
  const answer = async (): Promise<Answer> => {
    const ended = ask();
    ended.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(50_000);
    return ended;
  };
  const away = () => Object.values(gates).forEach(open);
  return { ask, answer, context, models, gates, away, validate, valueOf, ledger };
}

const plainCall: Given['context'] = { question: { ...question, kind: 'predict', topK: 0 }, passages: undefined };
const schema = { type: 'object', required: ['name'] };
const withSchema: Given['context'] = { question: { ...question, schema } };

describe('an answer', () => {
  it('is the model’s, with what it used and what it cost', async () => {
    const { answer } = build();
    expect(await answer()).toEqual({
      answer: 'yes',
      citations: [{ id: 'birds#owls', title: 'Owls', score: 0.5, snippet: 'An owl flies at night.' }],
      cached: false,
      model: 'mistral',
      variant: 'default',
      degradation: 'full',
      tokens: { input: 100, output: 10 },
      cost_usd: expect.closeTo(0.07, 9) as number,
      complete: true,
    });
  });

  it('comes from the passages, by the instructions of its variant', async () => {
    const { answer, models } = build({ instructions: 'Be brief.' });
    await answer();
    expect(models.mistral.requests).toMatchObject([
      { question: 'Does a penguin fly?', passages, instructions: 'Be brief.' },
    ]);
  });

  it('cites nothing that it was not given', async () => {
    const { answer } = build({ mistral: [writes('yes', { used: [5, 0, -7] })] });
    expect((await answer()).citations.map(({ id }) => id)).toEqual(['birds#penguins']);
  });

  it.each<[FinishReason, string, boolean]>([
    ['stop', 'yes', true],
    ['stop', '', false],
    ['stop', ' \n', false],
    ['length', 'ye', false],
    ['content_filter', 'yes', false],
    ['other', 'yes', false],
  ])('that ended with %s as %j is complete: %s', async (finish, text, complete) => {
    const { answer } = build({ mistral: [writes(text, { finish })] });
    expect(await answer()).toMatchObject({ answer: text, complete, degradation: 'full' });
  });

  it('in a lesser mode is not complete', async () => {
    const { answer } = build({ mistral: [fails('credentials')] });
    expect(await answer()).toMatchObject({ model: 'llama', complete: false, degradation: 'full' });
  });

  it('without documents says so, and is not complete', async () => {
    const { answer, models } = build({ instructions: 'Be brief.', context: { passages: [], documentsAway: true } });
    expect(await answer()).toMatchObject({ answer: 'yes', citations: [], complete: false, degradation: 'cached' });
    expect(models.mistral.requests[0]?.instructions).toMatch(/^Be brief\.\n\nThe documents cannot be searched/);
  });
});

describe('while every model is away', () => {
  it('the passages are quoted', async () => {
    const { answer, away, context, models } = build();
    away();
    const quoted = await answer();
    expect(quoted).toMatchObject({
      model: 'embedded-extractive',
      degradation: 'retrieval_only',
      complete: false,
      tokens: { input: 0, output: 0 },
      cost_usd: 0,
    });
    expect(quoted.answer).toContain('A penguin swims.');
    expect(quoted.citations.map(({ id }) => id)).toEqual(['birds#penguins']);
    expect(context.text.text).toBe(quoted.answer);
    expect(models.mistral.requests).toEqual([]);
  });

  it('the passages are quoted after calls that failed, and these are paid', async () => {
    const { answer, gates, context } = build({ mistral: [fails('cut', { after: 'half' })] });
    open(gates.llama);
    const quoted = await answer();
    expect(quoted).toMatchObject({ degradation: 'retrieval_only', tokens: { input: 150, output: 12 } });
    expect(quoted.cost_usd).toBeCloseTo(0.099, 9);
    expect(context.text.text).toBe(quoted.answer);
  });

  it('nothing is quoted where nothing was found, and the answer says so', async () => {
    const { answer, away } = build({ context: { passages: [] } });
    away();
    expect(await answer()).toMatchObject({ answer: nothingFound, citations: [], degradation: 'retrieval_only' });
  });

  it.each([
    ['a plain call', plainCall],
    ['a question whose documents are away too', { passages: [], documentsAway: true }],
  ])('nothing can answer %s, and the error says when that may change', async (_what, context) => {
    const { answer, away } = build({ context });
    away();
    const error = await answer().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ cause: { upstream: 'llm' } });
    expect((error as UnavailableError).retryAfterSeconds).toBeGreaterThanOrEqual(10);
  });

  it('a client that has part of an answer gets the error, and no quotation after it', async () => {
    const { answer, context } = build({ mistral: [fails('cut', { after: 'half' })] });
    const read: string[] = [];
    context.text.add({ onText: (text) => read.push(text) });
    await expect(answer()).rejects.toMatchObject({ fault: 'cut' });
    expect(read).toEqual(['half']);
  });
});

it.each([
  ['a prompt that is too long', new PromptTooLongError('too long')],
  ['our own mistake', new TypeError('undefined is not a function')],
])('does not quote in place of %s', async (_what, error) => {
  const { answer } = build({ mistral: [() => Promise.reject(error)] });
  await expect(answer()).rejects.toBe(error);
});

it('does not quote for a tenant that may spend no more', async () => {
  const refused = new BudgetExceededError('too little is left', 1);
  const { answer } = build({ mistral: [fails('cut')], context: { reserveMore: () => Promise.reject(refused) } });
  await expect(answer()).rejects.toBe(refused);
});

describe('with a schema', () => {
  const named = writes('{"name": "Ada"}');
  const nameless = writes('{}');

  it('the answer is the value, once it is valid', async () => {
    const { answer, validate, models, valueOf } = build({ mistral: [named], context: withSchema });
    expect(await answer()).toMatchObject({ answer: { name: 'Ada' }, complete: true, degradation: 'full' });
    expect(await answer()).not.toHaveProperty('error');
    expect(validate).toHaveBeenCalledWith(schema, { name: 'Ada' });
    expect(models.mistral.requests[0]).toMatchObject({ schema });
    expect(await valueOf('llm_json_requests_total', { outcome: 'valid' })).toBe(2);
    expect(await valueOf('llm_json_parse_failures_total')).toBe(0);
    expect(await valueOf('llm_json_retry_count', { le: '0' })).toBe(2);
  });

  it('the model is told what was wrong, after a pause, and all attempts are paid', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const times: number[] = [];
    const timed =
      (behaviour: Behaviour): Behaviour =>
      (request, name) => {
        times.push(performance.now());
        return behaviour(request, name);
      };
    const { answer, models, valueOf } = build({
      mistral: [timed(nameless), timed(writes('no JSON')), timed(named)],
      context: withSchema,
    });
    expect(await answer()).toMatchObject({
      answer: { name: 'Ada' },
      complete: true,
      tokens: { input: 300, output: 30 },
    });
    const corrections = models.mistral.requests.map((request) => request.corrections?.map(({ answer: text }) => text));
    expect(corrections).toEqual([undefined, ['{}'], ['{}', 'no JSON']]);
    expect(models.mistral.requests[1]?.corrections).toEqual([{ answer: '{}', errors: 'name is missing' }]);
    expect(times).toEqual([0, 1_250, 3_500]);
    expect(await valueOf('llm_json_parse_failures_total')).toBe(2);
    expect(await valueOf('llm_json_retry_count', { le: '1' })).toBe(0);
    expect(await valueOf('llm_json_retry_count', { le: '2' })).toBe(1);
  });

  it('that no attempt satisfies, the answer is an error, to be filled with each caller’s fallback', async () => {
    const { answer, models, valueOf } = build({ mistral: [nameless], context: withSchema });
    expect(await answer()).toMatchObject({
      answer: undefined,
      error: true,
      complete: false,
      model: 'mistral',
      degradation: 'full',
      tokens: { input: 300, output: 30 },
    });
    expect(models.mistral.requests).toHaveLength(3);
    expect(await valueOf('llm_json_requests_total', { outcome: 'fallback' })).toBe(1);
    expect(await valueOf('llm_json_requests_total')).toBe(1);
    expect(await valueOf('llm_json_fallback_used_total')).toBe(1);
  });

  it('that a renewal gets is counted for no question', async () => {
    for (const output of [nameless, named]) {
      const { answer, valueOf } = build({ mistral: [output], context: { ...withSchema, renewal: true } });
      await answer();
      expect(await valueOf('llm_json_requests_total')).toBe(0);
      expect(await valueOf('llm_json_fallback_used_total')).toBe(0);
    }
  });

  it('makes as many attempts as are configured, three model calls at most', async () => {
    const two = build({ mistral: [nameless], context: withSchema, config: { JSON_GUARD_MAX_ATTEMPTS: 2 } });
    await two.answer();
    expect(two.models.mistral.requests).toHaveLength(2);
    const ten = build({ mistral: [nameless], context: withSchema, config: { JSON_GUARD_MAX_ATTEMPTS: 10 } });
    expect(await ten.answer()).toMatchObject({ error: true, model: 'mistral' });
    expect(ten.models.mistral.requests).toHaveLength(3);
  });

  it('falls back while every model is away, since a quotation would not be valid', async () => {
    const { answer, away, valueOf } = build({ context: withSchema });
    away();
    expect(await answer()).toMatchObject({
      error: true,
      complete: false,
      model: 'none',
      degradation: 'retrieval_only',
    });
    expect(await valueOf('llm_json_requests_total', { outcome: 'fallback' })).toBe(1);
  });

  it('fails where falling back is switched off, and is counted once', async () => {
    const config = { JSON_GUARD_FALLBACK_ENABLED: false };
    const { answer, valueOf } = build({ mistral: [nameless], context: withSchema, config });
    await expect(answer()).rejects.toThrow(UnavailableError);
    const { answer: other, away, valueOf: otherValue } = build({ context: withSchema, config });
    away();
    await expect(other()).rejects.toThrow(UnavailableError);
    for (const value of [valueOf, otherValue]) {
      expect(await value('llm_json_requests_total', { outcome: 'error' })).toBe(1);
      expect(await value('llm_json_requests_total')).toBe(1);
    }
  });

  it('without the guard one attempt is made, and its JSON is taken as it is', async () => {
    const config = { JSON_GUARD_ENABLED: false };
    const { answer, validate } = build({ mistral: [nameless], context: withSchema, config });
    expect(await answer()).toMatchObject({ answer: {}, complete: true });
    expect(validate).not.toHaveBeenCalled();
    const broken = build({ mistral: [writes('no JSON')], context: withSchema, config });
    expect(await broken.answer()).toMatchObject({ error: true });
    expect(broken.models.mistral.requests).toHaveLength(1);
  });

  it('a valid answer that ended early, or without documents, is not complete', async () => {
    const cut = build({ mistral: [writes('{"name": "Ada"}', { finish: 'length' })], context: withSchema });
    expect(await cut.answer()).toMatchObject({ answer: { name: 'Ada' }, complete: false });
    const context = { ...withSchema, documentsAway: true };
    const blind = build({ mistral: [named], context });
    expect(await blind.answer()).toMatchObject({ answer: { name: 'Ada' }, complete: false, degradation: 'cached' });
  });

  it('a client that leaves during a pause ends the attempts', async () => {
    const controller = new AbortController();
    const left = new ClientGoneError();
    const { ask, models } = build({ mistral: [nameless], context: { ...withSchema, signal: controller.signal } });
    const ended = vi.fn();
    const failed = ask().catch((error: unknown) => error);
    void failed.then(ended);
    await vi.advanceTimersByTimeAsync(500);
    expect(ended).not.toHaveBeenCalled();
    controller.abort(left);
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toHaveBeenCalledExactlyOnceWith(left);
    expect(models.mistral.requests).toHaveLength(1);
  });
});
