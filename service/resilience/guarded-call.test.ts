import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientGoneError } from '../pipeline/errors.ts';
import { UpstreamError, type UpstreamFault } from './upstream-error.ts';
import { BreakerOpenError } from './breaker-open-error.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { Deadline } from './deadline.ts';
import { guardCalls, type Guards } from './guarded-call.ts';
import { RetryBudget } from './retry-budget.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Call = (signal: AbortSignal) => Promise<string>;

/** Attempts may take 5 s each and are slow from 2 s on; pauses between them are 0.5 s and 1 s. */
function build({
  budgetMs = 60_000,
  shortened = false,
  ...guards
}: Partial<Guards> & { budgetMs?: number; shortened?: boolean } = {}) {
  const options = { name: 'vector_db', failureThreshold: 0.5, successThreshold: 2, timeoutMs: 30_000 };
  const breaker = new CircuitBreaker({ ...options, halfOpenRequests: 3, enabled: true }, () => undefined);
  const retryBudget = new RetryBudget();
  const guarded = guardCalls({
    name: 'vector_db',
    breaker,
    retryBudget,
    timeoutMs: 5_000,
    slowMs: 2_000,
    attempts: 3,
    ...guards,
  });
  const deadline = new Deadline(budgetMs);
  const waiting = { signal: deadline.signal, remainingMs: () => deadline.remainingMs(), shortened: () => shortened };
  /** Runs a call to its end, and gives its result or error. */
  const end = async (call: Call): Promise<unknown> => {
    const ended = guarded(waiting, call).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(budgetMs);
    return ended;
  };
  return { breaker, retryBudget, deadline, waiting, guarded, end };
}

const fault = (kind: UpstreamFault, retryAfterSeconds?: number, upstream = 'vector_db') =>
  new UpstreamError(upstream, kind, 'failed', retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

const failing = (error: Error) => vi.fn<Call>(() => Promise.reject(error));

/** Fails so often, then succeeds. */
const failingFirst = (times: number, error: Error) => {
  const call = vi.fn<Call>(async () => 'found');
  for (let failures = 0; failures < times; failures += 1) call.mockRejectedValueOnce(error);
  return call;
};

const silent = () => vi.fn<Call>(() => new Promise(() => undefined));

describe('a call', () => {
  it('that succeeds is made once', async () => {
    const { end, retryBudget } = build();
    const call = vi.fn<Call>(async () => 'found');
    expect(await end(call)).toBe('found');
    expect(call).toHaveBeenCalledTimes(1);
    expect(retryBudget.available).toBe(10);
  });

  it.each<UpstreamFault>(['connection', 'timeout', 'server', 'rate_limited', 'cut', 'malformed'])(
    'is retried after %s, three attempts at most',
    async (kind) => {
      const { end } = build();
      expect(await end(failingFirst(2, fault(kind)))).toBe('found');
      const call = failing(fault(kind));
      expect(await build().end(call)).toMatchObject({ fault: kind });
      expect(call).toHaveBeenCalledTimes(3);
    },
  );

  it.each([
    ['a refused key', fault('credentials')],
    ['a used-up quota', fault('quota')],
    ['a request at fault', fault('rejected')],
    ['our own mistake', new TypeError('undefined is not a function')],
  ])('is not retried after %s', async (_what, error) => {
    const call = failing(error);
    expect(await build().end(call)).toBe(error);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('is not retried where one attempt is all there is', async () => {
    const call = failing(fault('connection'));
    await build({ attempts: 1 }).end(call);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('is retried after a pause that grows', async () => {
    const { guarded, waiting } = build();
    const times: number[] = [];
    const begin = performance.now();
    const ended = guarded(waiting, () => {
      times.push(performance.now() - begin);
      return Promise.reject(fault('server'));
    }).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
    expect(times).toEqual([0, 500, 1_500]);
  });

  it('is retried no sooner than the upstream asks', async () => {
    const { guarded, waiting } = build();
    const call = failingFirst(1, fault('rate_limited', 7));
    const ended = guarded(waiting, call);
    await vi.advanceTimersByTimeAsync(6_999);
    expect(call).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await ended).toBe('found');
  });
});

describe('the time', () => {
  it('of one attempt is bounded', async () => {
    const { guarded, waiting } = build({ attempts: 1 });
    const ended = guarded(waiting, silent()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await ended).toMatchObject({ fault: 'timeout', message: 'vector_db: no answer within 5000 ms' });
  });

  it('of an attempt is a third of what is left at most, and the error says so', async () => {
    const { guarded, waiting } = build({ attempts: 1 });
    const ended = guarded({ ...waiting, remainingMs: () => 3_000 }, silent()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await ended).toMatchObject({ message: 'vector_db: no answer within 1000 ms' });
  });

  it('is not slept past: without time for a retry the failure is given at once', async () => {
    const { guarded, waiting } = build({ budgetMs: 500 });
    const call = failing(fault('server'));
    await expect(guarded(waiting, call)).rejects.toMatchObject({ fault: 'server' });
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('ends the pause between attempts when the one who waits is gone', async () => {
    const { guarded, waiting, deadline } = build();
    const call = failing(fault('server'));
    const ended = guarded(waiting, call).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    deadline.abort(new ClientGoneError());
    expect(await ended).toBeInstanceOf(ClientGoneError);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('that is over before the call leaves it unmade, and says nothing of the upstream', async () => {
    const { guarded, waiting, breaker } = build({ budgetMs: 100 });
    await vi.advanceTimersByTimeAsync(100);
    const call = failing(fault('server'));
    for (let calls = 0; calls < 10; calls += 1)
      await expect(guarded(waiting, call)).rejects.toThrow('no answer within');
    expect(call).not.toHaveBeenCalled();
    expect(breaker.state).toBe('closed');
  });
});

describe('the retry budget', () => {
  it('bounds retries: when it is spent each call is made once', async () => {
    const { guarded, waiting, retryBudget } = build();
    while (retryBudget.available > 0) retryBudget.tryTake();
    const call = failing(fault('server'));
    await expect(guarded(waiting, call)).rejects.toMatchObject({ fault: 'server' });
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('is given a tenth for each call, and none for its retries', async () => {
    const { guarded, waiting, retryBudget } = build();
    while (retryBudget.available > 0) retryBudget.tryTake();
    for (let calls = 0; calls < 9; calls += 1) await guarded(waiting, async () => 'found');
    expect(retryBudget.available).toBe(0);
    const retried = guarded(waiting, failingFirst(1, fault('server')));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await retried).toBe('found');
    expect(retryBudget.available).toBe(0);
    for (let calls = 0; calls < 9; calls += 1) await guarded(waiting, async () => 'found');
    expect(retryBudget.available).toBe(0);
    await guarded(waiting, async () => 'found');
    expect(retryBudget.available).toBe(1);
  });

  it('is given nothing for calls that the breaker refuses', async () => {
    const { guarded, waiting, breaker, retryBudget } = build();
    while (retryBudget.available > 0) retryBudget.tryTake();
    for (let failures = 0; failures < 5; failures += 1) breaker.tryAcquire()?.failure();
    for (let calls = 0; calls < 50; calls += 1) await guarded(waiting, async () => 'found').catch(() => undefined);
    expect(retryBudget.available).toBe(0);
  });
});

describe('the breaker', () => {
  it('opens when calls fail, and then refuses at once, without a retry', async () => {
    const { guarded, waiting, breaker } = build({ attempts: 1 });
    for (let calls = 0; calls < 5; calls += 1) await guarded(waiting, failing(fault('server'))).catch(() => undefined);
    expect(breaker.state).toBe('open');
    const call = silent();
    await expect(guarded(waiting, call)).rejects.toThrow(BreakerOpenError);
    await expect(guarded(waiting, call)).rejects.toMatchObject({
      upstream: 'vector_db',
      fault: 'connection',
      retryAfterSeconds: 30,
    });
    expect(call).not.toHaveBeenCalled();
  });

  it('that opens during the retries ends them', async () => {
    const { end, breaker } = build();
    for (let failures = 0; failures < 4; failures += 1) breaker.tryAcquire()?.failure();
    const call = failing(fault('server'));
    expect(await end(call)).toBeInstanceOf(BreakerOpenError);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('does not count what another upstream did, and does not retry its open breaker', async () => {
    const { guarded, waiting, breaker } = build({ attempts: 1 });
    const other = fault('server', undefined, 'embeddings');
    for (let calls = 0; calls < 10; calls += 1) await guarded(waiting, failing(other)).catch(() => undefined);
    expect(breaker.state).toBe('closed');
    const { end } = build();
    const call = failing(new BreakerOpenError('embeddings', 1_000));
    await end(call);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a success at the slow limit', 2_000, 'open'],
    ['a success just under it', 1_999, 'closed'],
  ])('judges %s', async (_what, milliseconds, state) => {
    const { guarded, waiting, breaker } = build();
    const calls = Array.from({ length: 5 }, () =>
      guarded(waiting, () => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds))),
    );
    await vi.advanceTimersByTimeAsync(milliseconds);
    await Promise.all(calls);
    expect(breaker.state).toBe(state);
  });

  it.each([
    ['counts silence for the whole of our time', 60_000, false, 5_000, 'open'],
    ['counts it though the caller’s time was shortened to more', 30_000, true, 5_000, 'open'],
    ['does not count silence in the time that the caller shortened', 1_000, true, 1_000, 'closed'],
  ])('%s', async (_what, budgetMs, shortened, milliseconds, state) => {
    const { guarded, waiting, breaker } = build({ budgetMs, shortened, attempts: 1 });
    const calls = Array.from({ length: 5 }, () => guarded(waiting, silent()).catch(() => undefined));
    await vi.advanceTimersByTimeAsync(milliseconds);
    await Promise.all(calls);
    expect(breaker.state).toBe(state);
  });

  it('does not count clients that left', async () => {
    const { guarded, waiting, breaker, deadline } = build();
    const calls = Array.from({ length: 10 }, () => guarded(waiting, silent()).catch(() => undefined));
    deadline.abort(new ClientGoneError());
    await Promise.all(calls);
    expect(breaker.state).toBe('closed');
  });

  it('gets the place of a probe back whatever becomes of it', async () => {
    const { guarded, waiting, breaker } = build({ attempts: 1 });
    for (let failures = 0; failures < 5; failures += 1) breaker.tryAcquire()?.failure();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(breaker.state).toBe('half_open');
    for (let calls = 0; calls < 10; calls += 1) {
      await guarded(waiting, failing(fault('rejected'))).catch(() => undefined);
    }
    await guarded(waiting, async () => 'found');
    await guarded(waiting, async () => 'found');
    expect(breaker.state).toBe('closed');
  });
});
