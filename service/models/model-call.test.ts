import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientGoneError } from '../pipeline/errors.ts';
import { Deadline } from '../resilience/deadline.ts';
import { NobodyWaitsError } from '../resilience/flight.ts';
import { CostLedger } from '../telemetry/costs.ts';
import { Trace } from '../telemetry/trace.ts';
import { PromptTooLongError, type GenerateRequest } from '../upstreams/language-model.ts';
import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';
import { callModel, type ModelCallRequest } from './model-call.ts';
import { after, fails, fakeModel, gateOf, hangs, testMetrics, usage, writes, type Behaviour } from './testing.ts';
import { UsageRecorder } from './usage-recorder.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls of a request that has 60 s, of which the first content may take 20 s. */
function build(behaviour: Behaviour, { budgetMs = 60_000, shortened = false } = {}) {
  const model = fakeModel('qwen', behaviour);
  const gate = gateOf(model);
  const { metrics, valueOf } = testMetrics(['qwen'], ['default', 'terse']);
  const ledger = new CostLedger();
  const recorder = new UsageRecorder(model, ['default', 'terse'], ledger, metrics);
  const deadline = new Deadline(budgetMs);
  // As a flight does: those who make the call only learn that nobody waits any more, not why.
  const flight = new AbortController();
  deadline.signal.addEventListener('abort', () => flight.abort(new NobodyWaitsError()));
  const texts: string[] = [];
  const used: number[][] = [];
  const call = (more: Partial<ModelCallRequest> = {}) =>
    callModel(
      {
        candidate: { mode: 'balanced', gate },
        permit: gate.tryAcquire() ?? expect.fail('no permit'),
        prompt: { question: 'q', passages: [] },
        tenant: 'acme',
        variant: 'terse',
        trace: Trace.none,
        signal: flight.signal,
        remainingMs: () => deadline.remainingMs(),
        firstContentMs: budgetMs / 3,
        shortened,
        onText: (text) => texts.push(text),
        onUsed: (...figures) => used.push(figures),
        ...more,
      },
      recorder,
    );
  /** Makes five calls that end as this one does: five failures open the breaker. */
  const stateAfterFive = async (end: () => unknown = () => undefined) => {
    const calls = Array.from({ length: 5 }, () => call().catch(() => undefined));
    await vi.advanceTimersByTimeAsync(0);
    await end();
    await Promise.all(calls);
    return gate.breaker.state;
  };
  return { model, gate, deadline, flight, ledger, valueOf, call, stateAfterFive, texts, used };
}

/** Lets a call fail whose error is looked at later. */
function expected(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

describe('a call', () => {
  it('gives what the model wrote, and passes its text on as it comes', async () => {
    const { call, texts, model } = build(async ({ onText }) => {
      onText?.('a ');
      onText?.('b');
      return { text: 'a b', used: [0], ...usage, finish: 'stop' };
    });
    expect(await call()).toEqual({ text: 'a b', used: [0], ...usage, finish: 'stop' });
    expect(texts).toEqual(['a ', 'b']);
    expect(model.requests).toMatchObject([{ question: 'q', mode: 'balanced' }]);
  });

  it('is counted by mode and outcome, and timed', async () => {
    const { call, valueOf } = build(after(2_000, writes('yes')));
    const done = call();
    await vi.advanceTimersByTimeAsync(2_000);
    await done;
    const labels = { model: 'qwen', mode: 'balanced' };
    expect(await valueOf('llm_requests_total', { ...labels, outcome: 'success' })).toBe(1);
    expect(await valueOf('llm_requests_total')).toBe(1);
    expect(await valueOf('llm_request_failures_total')).toBe(0);
    expect(await valueOf('llm_request_duration_seconds', { le: '1' })).toBe(0);
    expect(await valueOf('llm_request_duration_seconds', { le: '2' })).toBe(1);
  });

  it('that fails is counted as a failure', async () => {
    const { call, valueOf } = build(fails('server'));
    await expected(call());
    expect(await valueOf('llm_requests_total', { mode: 'balanced', outcome: 'failure' })).toBe(1);
    expect(await valueOf('llm_request_failures_total', { model: 'qwen' })).toBe(1);
  });

  it('leaves neither timer nor listener behind', async () => {
    const { call, deadline, flight } = build(writes('yes'));
    await call();
    expect(getEventListeners(flight.signal, 'abort')).toEqual([]);
    deadline.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('usage', () => {
  it('is counted by the provider’s figures, for the tenant and the variant', async () => {
    const { call, used, ledger, valueOf } = build(writes('yes', { inputTokens: 1_000, outputTokens: 100 }));
    await call();
    expect(used).toEqual([[1_000, 100, 0.7]]);
    const spend = { requests: 1, input_tokens: 1_000, output_tokens: 100, cost_usd: 0.7 };
    expect(ledger.report()).toMatchObject({
      tenants: { acme: spend },
      models: { qwen: spend },
      variants: { terse: spend },
    });
    expect(await valueOf('llm_tokens_total', { model: 'qwen', variant: 'terse', type: 'input' })).toBe(1_000);
    expect(await valueOf('llm_tokens_total', { model: 'qwen', variant: 'terse', type: 'output' })).toBe(100);
    expect(await valueOf('llm_cost_usd_total', { model: 'qwen', variant: 'terse' })).toBe(0.7);
    expect(await valueOf('llm_tokens_total', { variant: 'default' })).toBe(0);
  });

  it.each<UpstreamFault>(['cut', 'malformed', 'timeout', 'connection', 'server'])(
    'is estimated when a call ends with %s after text came',
    async (fault) => {
      const { call, used } = build(fails(fault, { after: 'half' }));
      await expected(call());
      expect(used).toEqual([[50, 4, 0.033]]);
    },
  );

  it.each<UpstreamFault>(['cut', 'malformed', 'timeout'])(
    'holds the prompt when a call ends with %s before any text, since the model had read it',
    async (fault) => {
      const { call, used } = build(fails(fault));
      await expected(call());
      expect(used).toEqual([[50, 0, 0.025]]);
    },
  );

  it.each<UpstreamFault>(['connection', 'server', 'credentials', 'quota', 'rate_limited', 'rejected'])(
    'is nothing when %s ends a call before the model read it',
    async (fault) => {
      const { call, used, ledger } = build(fails(fault));
      await expected(call());
      expect(used).toEqual([]);
      expect(ledger.report().total.requests).toBe(0);
    },
  );

  it('is counted when the client leaves, up to the text that had come', async () => {
    const { call, used, deadline, ledger } = build(hangs('half'));
    const failed = expected(call());
    await vi.advanceTimersByTimeAsync(1_000);
    deadline.abort(new ClientGoneError());
    expect(await failed).toBeInstanceOf(NobodyWaitsError);
    expect(used).toEqual([[50, 4, 0.033]]);
    expect(ledger.report('acme').total).toMatchObject({ input_tokens: 50, output_tokens: 4 });
  });

  it('is that of the prompt when the client leaves before any text', async () => {
    const { call, used, deadline } = build(hangs());
    const failed = expected(call());
    deadline.abort(new ClientGoneError());
    await failed;
    expect(used).toEqual([[50, 0, 0.025]]);
  });

  it('is counted when the first content does not come', async () => {
    const { call, used } = build(hangs());
    const failed = expected(call());
    await vi.advanceTimersByTimeAsync(20_000);
    await failed;
    expect(used).toEqual([[50, 0, 0.025]]);
  });

  it.each([
    ['a prompt that was too long to send', new PromptTooLongError('too long')],
    ['a call that a mistake of ours prevented', new TypeError('undefined is not a function')],
  ])('is nothing for %s', async (_what, error) => {
    const { call, used } = build(() => Promise.reject(error));
    expect(await expected(call())).toBe(error);
    expect(used).toEqual([]);
  });
});

describe('the time to the first content', () => {
  it('ends a silent call, even one that ignores its signal', async () => {
    const { call, model } = build(hangs());
    const failed = expected(call());
    await vi.advanceTimersByTimeAsync(19_999);
    expect(model.requests[0]?.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failed).toMatchObject({
      fault: 'timeout',
      upstream: 'qwen',
      message: 'qwen: no content within 20.0 s',
    });
    expect(model.requests[0]?.signal.aborted).toBe(true);
  });

  it('no longer matters once content came', async () => {
    const { call } = build(async (request) => {
      request.onText?.('slow ');
      await new Promise((resolve) => setTimeout(resolve, 50_000));
      return { text: 'slow answer', used: [], ...usage, finish: 'stop' };
    });
    const done = call();
    await vi.advanceTimersByTimeAsync(50_000);
    expect(await done).toMatchObject({ text: 'slow answer' });
  });

  it('lets no text through after it is over', async () => {
    let request: GenerateRequest | undefined;
    const { call, texts, used } = build((given) => {
      request = given;
      return new Promise(() => undefined);
    });
    const failed = expected(call());
    await vi.advanceTimersByTimeAsync(20_000);
    await failed;
    request?.onText?.('late');
    expect(texts).toEqual([]);
    expect(used).toEqual([[50, 0, 0.025]]);
  });
});

describe('the breaker', () => {
  it('hears of a success', async () => {
    const { stateAfterFive, gate } = build(writes('yes'));
    expect(await stateAfterFive()).toBe('closed');
    expect(gate.lastCall).toMatchObject({ at: performance.now(), isTest: false });
  });

  it('takes a call whose first content came slowly for a failure', async () => {
    const { stateAfterFive } = build(after(15_000, writes('slow')));
    expect(await stateAfterFive(() => vi.advanceTimersByTimeAsync(15_000))).toBe('open');
  });

  it('does not mind how long an answer goes on after its first content', async () => {
    const { stateAfterFive } = build(async (request, name) => {
      request.onText?.('first');
      return after(40_000, writes('rest'))(request, name);
    });
    expect(await stateAfterFive(() => vi.advanceTimersByTimeAsync(40_000))).toBe('closed');
  });

  it('counts a model that stays silent', async () => {
    const { stateAfterFive } = build(hangs());
    expect(await stateAfterFive(() => vi.advanceTimersByTimeAsync(20_000))).toBe('open');
  });

  it('counts a deadline that the model had at full length', async () => {
    const { stateAfterFive } = build(hangs('never ends'));
    expect(await stateAfterFive(() => vi.advanceTimersByTimeAsync(60_000))).toBe('open');
  });

  it.each([
    ['a silence', hangs(), 1_000],
    ['a deadline', hangs('never ends'), 3_000],
  ])('does not count %s in the time that the caller shortened', async (_what, behaviour, milliseconds) => {
    const { stateAfterFive } = build(behaviour, { budgetMs: 3_000, shortened: true });
    expect(await stateAfterFive(() => vi.advanceTimersByTimeAsync(milliseconds))).toBe('closed');
  });

  it.each([
    ['before', hangs()],
    ['after', hangs('half')],
  ])('does not count a client that left %s the first content', async (_when, behaviour) => {
    const { stateAfterFive, deadline, gate } = build(behaviour);
    expect(await stateAfterFive(() => deadline.abort(new ClientGoneError()))).toBe('closed');
    expect(gate.lastCall).toBeUndefined();
  });

  it('counts a failure even of a call that was shortened', async () => {
    const { stateAfterFive } = build(fails('server'), { shortened: true });
    expect(await stateAfterFive()).toBe('open');
  });

  it('hears how long a 429 asks to wait', async () => {
    const { call, gate } = build(fails('rate_limited', { retryAfterSeconds: 9 }));
    expect(await expected(call())).toBeInstanceOf(UpstreamError);
    expect(gate.retryAfterMs).toBe(9_000);
  });
});
