import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultModelTable } from '../contract/models.ts';
import { CallLimitError } from '../guard/json-guard.ts';
import { BudgetExceededError } from '../limits/budget-exceeded-error.ts';
import { ModelCatalogue } from '../models/catalogue.ts';
import {
  after,
  fails,
  fakeModel,
  gateOf,
  hangs,
  open,
  testMetrics,
  writes,
  type Behaviour,
} from '../models/testing.ts';
import { UsageRecorder } from '../models/usage-recorder.ts';
import { BreakerOpenError } from '../resilience/breaker-open-error.ts';
import type { CircuitBreakerOptions } from '../resilience/circuit-breaker.ts';
import { Deadline } from '../resilience/deadline.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { CostLedger } from '../telemetry/costs.ts';
import { createLogger } from '../telemetry/logger.ts';
import { Trace } from '../telemetry/trace.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';
import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';
import { ClientGoneError } from './errors.ts';
import { ModelCalls } from './model-calls.ts';
import type { WorkContext } from './step.ts';
import { question, workContext } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // Pauses before retries are half of the longest: 0.5 s, then 1 s.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Behaviours = readonly [...Behaviour[], Behaviour];
type Name = 'qwen' | 'mistral' | 'llama';

const prompt = { question: 'q', passages: [] };

/** Calls of a creative question: qwen, then mistral, then llama, which all answer unless told otherwise. */
function build(
  behaviours: Partial<Record<Name, Behaviours>> = {},
  more: Partial<WorkContext> = {},
  breaker: Partial<CircuitBreakerOptions> = {},
) {
  const begin = performance.now();
  /** The calls made, each with its model and when it began, in seconds. */
  const asked: string[] = [];
  const named = (name: Name) => {
    const noted = (behaviours[name] ?? [writes(`${name} says`)]).map<Behaviour>((behaviour) => (request) => {
      asked.push(`${name} at ${Math.round(performance.now() - begin) / 1000}`);
      return behaviour(request, name);
    });
    return fakeModel(name, ...(noted as [Behaviour]));
  };
  const models = { qwen: named('qwen'), mistral: named('mistral'), llama: named('llama') };
  const gates = {
    qwen: gateOf(models.qwen, breaker),
    mistral: gateOf(models.mistral, breaker),
    llama: gateOf(models.llama, breaker),
  };
  const { metrics, valueOf } = testMetrics(Object.keys(models));
  const ledger = new CostLedger();
  const retryBudget = new RetryBudget();
  const deadline = new Deadline(60_000);
  const reserveMore = vi.fn<() => Promise<undefined>>().mockResolvedValue(undefined);
  const context = workContext({
    question: { ...question, mode: 'creative' },
    signal: deadline.signal,
    remainingMs: () => deadline.remainingMs(),
    reserveMore,
    ...more,
  });
  const log: { level: string; msg: string }[] = [];
  const lines = { write: (line: string) => void log.push(JSON.parse(line) as (typeof log)[number]) };
  const parts = {
    catalogue: new ModelCatalogue(new Map(Object.entries(gates)), defaultModelTable, true),
    recorders: new Map(
      Object.values(models).map((model) => [model.name, new UsageRecorder(model, ['default'], ledger, metrics)]),
    ),
    retryBudget,
    metrics,
    log: createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' }, '0', lines),
  };
  const calls = new ModelCalls(parts, context, Trace.none);
  /** Generates, and lets the time pass that it takes, all that there is at most. Gives the answer or the error. */
  const generate = async (): Promise<unknown> => {
    const over = vi.fn();
    const ended = calls
      .generate(prompt)
      .catch((error: unknown) => error)
      .finally(over);
    for (let passed = 0; passed <= 60_000 && over.mock.calls.length === 0; passed += 100) {
      await vi.advanceTimersByTimeAsync(100);
    }
    return ended;
  };
  const spendRetries = () => {
    while (retryBudget.available > 0) retryBudget.tryTake();
  };
  return {
    calls,
    generate,
    asked,
    models,
    gates,
    context,
    deadline,
    reserveMore,
    retryBudget,
    spendRetries,
    valueOf,
    ledger,
    log,
  };
}

const inMode = (mode: 'balanced' | 'fast', more: Partial<WorkContext> = {}) => ({
  ...more,
  question: { ...question, mode },
});

describe('a question', () => {
  it('is answered by the model of its mode, in one call', async () => {
    const { generate, asked, models, reserveMore } = build();
    expect(await generate()).toMatchObject({ text: 'qwen says', model: 'qwen', mode: 'creative', finish: 'stop' });
    expect(asked).toEqual(['qwen at 0']);
    expect(models.qwen.requests).toMatchObject([{ question: 'q', mode: 'creative' }]);
    expect(reserveMore).not.toHaveBeenCalled();
  });

  it('is asked of the same model once more after a failure, then of the next, in its mode', async () => {
    const { generate, asked, models } = build({ qwen: [fails('server')] });
    expect(await generate()).toMatchObject({ text: 'mistral says', model: 'mistral', mode: 'balanced' });
    expect(asked).toEqual(['qwen at 0', 'qwen at 0.5', 'mistral at 0.5']);
    expect(models.mistral.requests).toMatchObject([{ mode: 'balanced' }]);
  });

  it('is asked of the first model only when the second attempt succeeds', async () => {
    const { generate, asked } = build({ qwen: [fails('connection'), writes('back')] });
    expect(await generate()).toMatchObject({ text: 'back', model: 'qwen', mode: 'creative' });
    expect(asked).toEqual(['qwen at 0', 'qwen at 0.5']);
  });

  it('is asked of no other model than the one that the caller chose', async () => {
    const { generate, asked } = build({ llama: [fails('server')] }, { question: { ...question, model: 'llama' } });
    expect(await generate()).toMatchObject({ fault: 'server', upstream: 'llama' });
    expect(asked).toEqual(['llama at 0', 'llama at 0.5', 'llama at 1.5']);
  });

  it('goes to the next model at once when there is no time for a pause', async () => {
    const { generate, asked } = build({ qwen: [fails('server')] }, { remainingMs: () => 400 });
    expect(await generate()).toMatchObject({ model: 'mistral' });
    expect(asked).toEqual(['qwen at 0', 'mistral at 0']);
  });

  it('goes to the next model at once when the upstream asks to wait for longer than there is time', async () => {
    const { generate, asked } = build({ qwen: [fails('server', { retryAfterSeconds: 120 })] });
    expect(await generate()).toMatchObject({ model: 'mistral' });
    expect(asked).toEqual(['qwen at 0', 'mistral at 0']);
  });

  it('fails at once when there is no time for a pause, and no other model', async () => {
    const { generate, asked } = build({ llama: [fails('server')] }, inMode('fast', { remainingMs: () => 400 }));
    expect(await generate()).toMatchObject({ fault: 'server' });
    expect(asked).toEqual(['llama at 0']);
  });

  it.each([
    ['the request is at fault', new UpstreamError('qwen', 'rejected', 'status 400')],
    ['the prompt is too long', new PromptTooLongError('too long')],
    ['something of ours broke', new TypeError('undefined is not a function')],
  ])('is asked of no further model when %s', async (_what, error) => {
    const { generate, asked } = build({ qwen: [() => Promise.reject(error)] });
    expect(await generate()).toBe(error);
    expect(asked).toEqual(['qwen at 0']);
  });

  it('counts what all its calls used, those that failed too', async () => {
    const { generate, context, ledger } = build({ qwen: [fails('cut', { after: 'half' }), fails('server')] });
    await generate();
    expect(context.spent).toEqual({ inputTokens: 150, outputTokens: 14, costUsd: expect.closeTo(0.103, 9) as number });
    expect(ledger.report('acme').total).toMatchObject({ requests: 2, input_tokens: 150, output_tokens: 14 });
  });
});

describe('the limit of three calls', () => {
  it('holds over retries and modes', async () => {
    const { generate, asked } = build({ qwen: [fails('server')], mistral: [fails('server')] });
    expect(await generate()).toMatchObject({ fault: 'server', upstream: 'mistral' });
    expect(asked).toEqual(['qwen at 0', 'qwen at 0.5', 'mistral at 0.5']);
  });

  it('holds over the attempts of a guard', async () => {
    const { generate, asked } = build();
    for (let attempts = 0; attempts < 3; attempts += 1) expect(await generate()).toMatchObject({ model: 'qwen' });
    expect(await generate()).toBeInstanceOf(CallLimitError);
    expect(await generate()).toBeInstanceOf(CallLimitError);
    expect(asked).toHaveLength(3);
  });

  it('holds over attempts of a guard that were retried', async () => {
    const { generate, asked } = build({ qwen: [writes('no JSON'), fails('server'), fails('server')] });
    await generate();
    expect(await generate()).toMatchObject({ fault: 'server', upstream: 'qwen' });
    expect(await generate()).toBeInstanceOf(CallLimitError);
    expect(asked).toHaveLength(3);
  });

  it('does not make anyone wait for a call that is not allowed', async () => {
    const { calls } = build({ llama: [fails('server')] }, inMode('fast'));
    const begin = performance.now();
    const ended = calls.generate(prompt).catch(() => performance.now() - begin);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ended).toBe(1_500);
  });

  it('gives a probe’s place back when it forbids the call', async () => {
    const { generate, gates } = build();
    for (let attempts = 0; attempts < 3; attempts += 1) await generate();
    open(gates.qwen);
    gates.qwen.breaker.endWaitEarly();
    for (let attempts = 0; attempts < 10; attempts += 1) expect(await generate()).toBeInstanceOf(CallLimitError);
    expect(gates.qwen.tryAcquire()).toBeDefined();
  });

  it('holds whatever happens, and each further call is borne by the tenant’s budget', async () => {
    const faults = [
      'connection',
      'timeout',
      'server',
      'credentials',
      'quota',
      'rate_limited',
      'cut',
      'malformed',
      'rejected',
    ];
    const behaviour = fc.oneof(
      fc.constantFrom(...(faults as UpstreamFault[])).map((fault) => fails(fault)),
      fc.integer({ min: 0, max: 20 }).map((retryAfterSeconds) => fails('rate_limited', { retryAfterSeconds })),
      fc.constantFrom(
        hangs(),
        hangs('text'),
        writes('text'),
        after(3_000, writes('text')),
        fails('cut', { after: 'text' }),
      ),
    );
    const behaviours = fc.tuple(behaviour, behaviour, behaviour);
    await fc.assert(
      fc.asyncProperty(
        behaviours,
        behaviours,
        behaviours,
        fc.integer({ min: 1, max: 5 }),
        async (qwen, mistral, llama, attempts) => {
          const { calls, asked, reserveMore, deadline, retryBudget } = build({ qwen, mistral, llama });
          for (let attempt = 0; attempt < attempts; attempt += 1) {
            const ended = calls.generate(prompt).catch((error: unknown) => error);
            await vi.advanceTimersByTimeAsync(60_000 / attempts);
            if (deadline.remainingMs() <= 0) await ended;
          }
          await vi.advanceTimersByTimeAsync(60_000);
          expect(asked.length).toBeLessThanOrEqual(3);
          expect(reserveMore.mock.calls.length).toBeGreaterThanOrEqual(asked.length - 1);
          expect(retryBudget.available).toBeGreaterThanOrEqual(8);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a silent model', () => {
  it('may take a third of the time that is left, and leaves the rest to the next', async () => {
    const { generate, asked } = build({ qwen: [hangs()], mistral: [after(5_000, writes('in time'))] });
    expect(await generate()).toMatchObject({ text: 'in time', model: 'mistral' });
    expect(asked).toEqual(['qwen at 0', 'mistral at 20']);
  });

  it('is a third of what is left each time, and the last may take all of it', async () => {
    const { generate, asked } = build({ qwen: [hangs()], mistral: [hangs()], llama: [after(26_000, writes('just'))] });
    expect(await generate()).toMatchObject({ text: 'just', model: 'llama' });
    expect(asked).toEqual(['qwen at 0', 'mistral at 20', 'llama at 33.333']);
  });

  it('may take all the time when there is no other that could be asked', async () => {
    const alone = build({ llama: [after(59_000, writes('at last'))] }, inMode('fast'));
    expect(await alone.generate()).toMatchObject({ text: 'at last' });
    const { generate, gates, asked } = build({ mistral: [after(59_000, writes('at last'))] }, inMode('balanced'));
    open(gates.llama);
    expect(await generate()).toMatchObject({ text: 'at last' });
    expect(asked).toEqual(['mistral at 0']);
  });

  it('may take all the time that one before it has left, which is not asked again', async () => {
    const { generate, asked } = build(
      { mistral: [hangs()], llama: [after(39_000, writes('at last'))] },
      inMode('balanced'),
    );
    expect(await generate()).toMatchObject({ text: 'at last' });
    expect(asked).toEqual(['mistral at 0', 'llama at 20']);
  });

  it('may take all the time in the last call that there may be', async () => {
    const { generate } = build({ qwen: [fails('server')], mistral: [after(50_000, writes('at last'))] });
    expect(await generate()).toMatchObject({ text: 'at last', model: 'mistral' });
  });

  it('that has begun to write has the time that there is', async () => {
    const begun: Behaviour = (request, name) => {
      request.onText?.('slowly');
      return after(50_000, writes(' but surely'))(request, name);
    };
    const { generate, asked } = build({ qwen: [begun] });
    expect(await generate()).toMatchObject({ text: ' but surely' });
    expect(asked).toEqual(['qwen at 0']);
  });
});

describe('text of a failed attempt', () => {
  it('is thrown away while nobody has read it', async () => {
    const { generate, context } = build({ qwen: [fails('cut', { after: 'half of ' }), writes('the whole')] });
    expect(await generate()).toMatchObject({ text: 'the whole' });
    expect(context.text.text).toBe('the whole');
  });

  it.each<UpstreamFault>(['cut', 'connection', 'timeout', 'malformed', 'credentials', 'rate_limited'])(
    'forbids every further attempt once a client has it, after %s',
    async (fault) => {
      const { generate, context, asked } = build({ qwen: [fails(fault, { after: 'half' })] });
      const read: string[] = [];
      context.text.add({ onText: (text) => read.push(text) });
      expect(await generate()).toMatchObject({ fault });
      expect(asked).toEqual(['qwen at 0']);
      expect(read).toEqual(['half']);
    },
  );

  it('allows another attempt to a client that was given none', async () => {
    const { generate, context } = build({ qwen: [fails('connection'), writes('the whole')] });
    const read: string[] = [];
    context.text.add({ onText: (text) => read.push(text) });
    await generate();
    expect(read).toEqual(['the whole']);
  });
});

describe('a 429', () => {
  it('is answered by asking the next model at once', async () => {
    const { generate, asked } = build({ qwen: [fails('rate_limited', { retryAfterSeconds: 2 })] });
    expect(await generate()).toMatchObject({ model: 'mistral' });
    expect(asked).toEqual(['qwen at 0', 'mistral at 0']);
  });

  it.each([
    ['for as long as it asks', { retryAfterSeconds: 7 }, 7],
    ['for a second when it does not say', {}, 1],
  ])('is waited out when there is no other model, %s', async (_how, details, seconds) => {
    const { generate, asked } = build({ llama: [fails('rate_limited', details), writes('yes')] }, inMode('fast'));
    expect(await generate()).toMatchObject({ text: 'yes' });
    expect(asked).toEqual(['llama at 0', `llama at ${seconds}`]);
  });

  it('is waited out for the longest time that any question was asked to wait', async () => {
    const { generate, asked, gates } = build(
      { llama: [fails('rate_limited', { retryAfterSeconds: 3 }), writes('yes')] },
      inMode('fast'),
    );
    const other = gates.llama.tryAcquire();
    other?.failed(new UpstreamError('llama', 'rate_limited', 'too many', { retryAfterSeconds: 9 }), false);
    expect(await generate()).toBeInstanceOf(BreakerOpenError);
    await vi.advanceTimersByTimeAsync(9_000);

    const late = gates.llama.tryAcquire();
    const ended = generate();
    late?.failed(new UpstreamError('llama', 'rate_limited', 'too many', { retryAfterSeconds: 5 }), false);
    expect(await ended).toMatchObject({ text: 'yes' });
    const [first = 0, second = 0] = asked.map((call) => Number(call.split(' at ')[1]));
    expect(second - first).toBe(5);
  });

  it('that asks for more time than there is ends the question at once', async () => {
    const { calls, asked } = build({ llama: [fails('rate_limited', { retryAfterSeconds: 60 })] }, inMode('fast'));
    await expect(calls.generate(prompt)).rejects.toMatchObject({ fault: 'rate_limited', retryAfterSeconds: 60 });
    expect(asked).toEqual(['llama at 0']);
  });

  it('keeps later questions away from the model', async () => {
    const { generate, asked } = build({ qwen: [fails('rate_limited', { retryAfterSeconds: 30 }), writes('late')] });
    await generate();
    await generate();
    expect(asked.filter((call) => call.startsWith('qwen'))).toHaveLength(1);
  });
});

describe.each<UpstreamFault>(['credentials', 'quota'])('a failure of %s', (fault) => {
  it('goes to another model at once, and never to the same again', async () => {
    const { generate, asked } = build({ qwen: [fails(fault), writes('too late')] });
    expect(await generate()).toMatchObject({ model: 'mistral' });
    expect(await generate()).toMatchObject({ model: 'mistral' });
    expect(asked).toEqual(['qwen at 0', 'mistral at 0', expect.stringMatching(/^mistral/)]);
  });

  it('ends the question when there is no other model', async () => {
    const { generate, asked } = build({ llama: [fails(fault), writes('too late')] }, inMode('fast'));
    expect(await generate()).toMatchObject({ fault });
    expect(asked).toEqual(['llama at 0']);
  });
});

describe('the retry budget', () => {
  it('that is spent leaves it at the first failure, and counts the refusal', async () => {
    const { generate, asked, spendRetries, valueOf, gates } = build({ qwen: [fails('server')] });
    spendRetries();
    expect(await generate()).toMatchObject({ fault: 'server', upstream: 'qwen' });
    expect(asked).toEqual(['qwen at 0']);
    expect(await valueOf('llm_retries_refused_total')).toBe(1);
    expect(gates.mistral.breaker.state).toBe('closed');
  });

  it('is also asked before another model takes over', async () => {
    const { generate, asked, spendRetries } = build({ qwen: [fails('rate_limited')] });
    spendRetries();
    expect(await generate()).toMatchObject({ fault: 'rate_limited' });
    expect(asked).toEqual(['qwen at 0']);
  });

  it('gives a token for each further call', async () => {
    const { generate, retryBudget, valueOf } = build({ qwen: [fails('server')] });
    await generate();
    expect(retryBudget.available).toBe(8);
    expect(await valueOf('llm_retries_refused_total')).toBe(0);
  });

  it('is not asked for the attempts of a guard, which follow answers and no failures', async () => {
    const { generate, asked, spendRetries } = build();
    spendRetries();
    for (let attempts = 0; attempts < 3; attempts += 1) await generate();
    expect(asked).toHaveLength(3);
  });

  it('is given a tenth of a token for each question, not for its retries or further attempts', async () => {
    const { generate, retryBudget, spendRetries } = build();
    spendRetries();
    const called = vi.spyOn(retryBudget, 'called');
    for (let attempts = 0; attempts < 3; attempts += 1) await generate();
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('is given nothing for a question that asked no model', async () => {
    const { generate, retryBudget, gates } = build();
    Object.values(gates).forEach(open);
    const called = vi.spyOn(retryBudget, 'called');
    await generate();
    expect(called).not.toHaveBeenCalled();
  });
});

describe('the tenant’s budget', () => {
  it('is asked before every further call, not before the first', async () => {
    const order: string[] = [];
    const note =
      (what: string, behaviour: Behaviour): Behaviour =>
      (...given) => {
        order.push(what);
        return behaviour(...given);
      };
    const reserveMore = async () => void order.push('reserve');
    const { generate } = build({ qwen: [note('call', fails('server')), note('call', writes('yes'))] }, { reserveMore });
    await generate();
    await generate();
    expect(order).toEqual(['call', 'reserve', 'call', 'reserve', 'call']);
  });

  it('that does not bear a further call ends the question, and gives a probe’s place back', async () => {
    const refused = new BudgetExceededError('too little is left', 1);
    const { generate, asked, gates } = build({ qwen: [fails('cut')] }, { reserveMore: () => Promise.reject(refused) });
    open(gates.qwen);
    gates.qwen.breaker.endWaitEarly();
    expect(await generate()).toBe(refused);
    expect(asked).toHaveLength(1);
    const places = [gates.mistral.tryAcquire(), gates.mistral.tryAcquire(), gates.mistral.tryAcquire()];
    expect(places.filter(Boolean)).toHaveLength(3);
  });

  it('is not asked for a client that has left meanwhile, whose call is not made', async () => {
    const { calls, asked, deadline, reserveMore, context, gates } = build({ qwen: [fails('server')] });
    reserveMore.mockImplementationOnce(async () => {
      deadline.abort(new ClientGoneError());
      return undefined;
    });
    const ended = calls.generate(prompt).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await ended).toBeInstanceOf(ClientGoneError);
    expect(asked).toEqual(['qwen at 0']);
    expect(context.spent).toEqual({ inputTokens: 0, outputTokens: 0, costUsd: 0 });
    expect(gates.qwen.lastCall?.failed).toBe('qwen: failed with server');
  });
});

describe('when a model is away', () => {
  it('the next one is asked first, without a retry', async () => {
    const { generate, asked, gates, reserveMore, retryBudget } = build();
    open(gates.qwen);
    expect(await generate()).toMatchObject({ model: 'mistral', mode: 'balanced' });
    expect(asked).toEqual(['mistral at 0']);
    expect(reserveMore).not.toHaveBeenCalled();
    expect(retryBudget.available).toBe(10);
  });

  it('and so are all others, nobody is asked, and the error says when one may be', async () => {
    const { generate, asked, gates } = build();
    Object.values(gates).forEach(open);
    await vi.advanceTimersByTimeAsync(20_000);
    const error = await generate();
    expect(error).toBeInstanceOf(BreakerOpenError);
    expect(error).toMatchObject({ upstream: 'llm', retryAfterSeconds: 40 });
    expect(asked).toEqual([]);
  });

  it('since this very failure, it is not waited for', async () => {
    const { calls, gates, asked } = build({ llama: [fails('server')] }, inMode('fast'), { timeoutMs: 5_000 });
    for (let failures = 0; failures < 4; failures += 1) gates.llama.breaker.tryAcquire()?.failure();
    await expect(calls.generate(prompt)).rejects.toMatchObject({ fault: 'server', upstream: 'llama' });
    expect(asked).toHaveLength(1);
  });

  it('since this very failure, the next is asked at once', async () => {
    const { generate, gates, asked } = build({ qwen: [fails('server')] }, {}, { timeoutMs: 5_000 });
    for (let failures = 0; failures < 4; failures += 1) gates.qwen.breaker.tryAcquire()?.failure();
    await generate();
    expect(asked).toEqual(['qwen at 0', 'mistral at 0']);
  });

  it('and every probe’s place is taken, the next is asked', async () => {
    const { generate, gates, asked } = build();
    open(gates.qwen);
    gates.qwen.breaker.endWaitEarly();
    for (let probes = 0; probes < 3; probes += 1) gates.qwen.tryAcquire();
    await generate();
    expect(asked).toEqual(['mistral at 0']);
  });

  it('half open, it is probed by one question after another until it is back', async () => {
    const { gates, generate } = build();
    open(gates.qwen);
    gates.qwen.breaker.endWaitEarly();
    expect(await generate()).toMatchObject({ model: 'qwen' });
    expect(await generate()).toMatchObject({ model: 'qwen' });
    expect(gates.qwen.breaker.state).toBe('half_open');
  });
});

describe('an answer in a lesser mode', () => {
  it('is counted and logged, once for all attempts of a guard', async () => {
    const { generate, valueOf, log } = build({ qwen: [fails('credentials')] });
    await generate();
    await generate();
    expect(await valueOf('llm_mode_downshift_total', { from: 'creative', to: 'balanced' })).toBe(1);
    expect(await valueOf('llm_mode_downshift_total')).toBe(1);
    expect(log).toMatchObject([{ level: 'warn', from: 'creative', to: 'balanced', model: 'mistral' }]);
  });

  it('is none when the mode’s own model answered in the end, or nobody did', async () => {
    const { generate, valueOf, log } = build({ qwen: [fails('server'), writes('back')] });
    await generate();
    const { generate: again } = build({ qwen: [fails('credentials')], mistral: [fails('rejected')] });
    await again();
    expect(await valueOf('llm_mode_downshift_total')).toBe(0);
    expect(log).toEqual([]);
  });
});

describe('a sign of overload', () => {
  it.each<[string, Behaviour, boolean, boolean]>([
    ['is a silent model', hangs(), false, true],
    ['is no silent model in the time that a caller shortened', hangs(), true, false],
    ['is a 429', fails('rate_limited'), true, true],
    ['is a 503', fails('server', { status: 503 }), true, true],
    ['is no 500', fails('server', { status: 500 }), false, false],
    ['is no cut stream', fails('cut'), false, false],
    ['is no success', writes('yes'), false, false],
  ])('%s', async (_what, behaviour, shortened, overloaded) => {
    const { generate, context } = build({ qwen: [behaviour] }, { shortened: () => shortened });
    await generate();
    expect(context.overloaded).toBe(overloaded);
  });
});

it('notes how long each call waited for its first content, and which waited in vain', async () => {
  const begun: Behaviour = (request, name) => {
    request.onText?.('slowly');
    return after(1_000, writes(' but surely'))(request, name);
  };
  const { generate, context } = build({ qwen: [hangs()], mistral: [after(3_000, begun)] });
  await generate();
  expect(context.waits).toEqual([
    { model: 'qwen', milliseconds: 20_000, givenMs: 20_000, inVain: true },
    { model: 'mistral', milliseconds: 3_000, givenMs: 40_000 / 3, inVain: false },
  ]);
});

describe('a client that leaves', () => {
  it.each([
    ['during a call', hangs(), 1_000],
    ['during the pause between two', fails('server'), 100],
  ])('%s ends the question with its reason, and no further call is made', async (_when, behaviour, milliseconds) => {
    const { calls, asked, deadline } = build({ qwen: [behaviour] });
    const ended = calls.generate(prompt).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(milliseconds);
    const left = new ClientGoneError();
    deadline.abort(left);
    expect(await ended).toBe(left);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(['qwen at 0']);
  });
});
