import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientGoneError } from '../pipeline/errors.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';
import type { ModelGate, ModelPermit } from './model-gate.ts';
import { fakeModel, gateOf, open, writes } from './testing.ts';

let gate: ModelGate;

beforeEach(() => {
  vi.useFakeTimers();
  gate = gateOf(fakeModel('qwen', writes('yes')));
});
afterEach(() => {
  gate.breaker.close();
  vi.useRealTimers();
});

function acquire(): ModelPermit {
  return gate.tryAcquire() ?? expect.fail('no permit');
}

function times(count: number, act: (permit: ModelPermit) => void): void {
  for (let made = 0; made < count; made += 1) act(acquire());
}

function error(fault: UpstreamFault, retryAfterSeconds?: number): UpstreamError {
  return new UpstreamError('qwen', fault, 'failed', retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

const limited = (retryAfterSeconds?: number) => error('rate_limited', retryAfterSeconds);

function halfOpen(): void {
  open(gate);
  vi.advanceTimersByTime(60_000);
  expect(gate.breaker.state).toBe('half_open');
}

describe('the breaker', () => {
  it('opens after five failures, lets nothing through, and says for how long', () => {
    times(5, (permit) => permit.failed(error('server'), false));
    expect(gate.available).toBe(false);
    expect(gate.tryAcquire()).toBeUndefined();
    expect(gate.retryAfterMs).toBe(60_000);
    vi.advanceTimersByTime(60_000);
    expect(gate.available).toBe(true);
    expect(gate.retryAfterMs).toBe(0);
  });

  it('takes a success from the slow limit on for a failure', () => {
    times(5, (permit) => permit.succeeded(15_000));
    expect(gate.breaker.state).toBe('open');
  });

  it('takes one just under the slow limit for a success', () => {
    times(5, (permit) => permit.succeeded(14_999));
    expect(gate.breaker.state).toBe('closed');
    times(4, (permit) => permit.failed(error('server'), false));
    expect(gate.breaker.state).toBe('closed');
  });

  it('counts a deadline that the model had in full, and none that the caller shortened', () => {
    times(10, (permit) => permit.failed(new DeadlineError(1_000), true));
    times(10, (permit) => permit.failed(error('timeout'), true));
    expect(gate.breaker.state).toBe('closed');
    times(5, (permit) => permit.failed(new DeadlineError(60_000), false));
    expect(gate.breaker.state).toBe('open');
  });

  it.each([
    ['a client that left', new ClientGoneError()],
    ['a request that was at fault', error('rejected')],
    ['our own mistake', new TypeError('undefined is not a function')],
  ])('does not count %s', (_what, reason) => {
    times(10, (permit) => permit.failed(reason, false));
    expect(gate.breaker.state).toBe('closed');
    expect(gate.lastCall).toBeUndefined();
  });

  it('gets back the place of a probe that was not made', () => {
    halfOpen();
    for (let round = 0; round < 10; round += 1) acquire().unused();
    const probes = [acquire(), acquire(), acquire()];
    expect(gate.tryAcquire()).toBeUndefined();
    for (const probe of probes) probe.unused();
    expect(gate.tryAcquire()).toBeDefined();
  });
});

describe('a 429', () => {
  it('keeps calls away for as long as it asks, and is no failure', () => {
    acquire().failed(limited(20), false);
    expect(gate.available).toBe(false);
    expect(gate.tryAcquire()).toBeUndefined();
    expect(gate.retryAfterMs).toBe(20_000);
    vi.advanceTimersByTime(19_999);
    expect(gate.tryAcquire()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(gate.tryAcquire()).toBeDefined();
    expect(gate.lastCall).toBeUndefined();
  });

  it('holds for the longest time that any call was asked to wait', () => {
    const [first, second] = [acquire(), acquire()];
    first.failed(limited(20), false);
    second.failed(limited(5), false);
    expect(gate.retryAfterMs).toBe(20_000);
  });

  it('is a failure when it comes after the wait that was asked for', () => {
    acquire().failed(limited(1), false);
    for (let failures = 0; failures < 5; failures += 1) {
      expect(gate.breaker.state).toBe('closed');
      vi.advanceTimersByTime(1_000);
      acquire().failed(limited(1), false);
    }
    expect(gate.breaker.state).toBe('open');
    expect(gate.lastCall?.failed).toBe('qwen: failed');
  });

  it('is none for calls that were under way when the first came', () => {
    const permits = Array.from({ length: 20 }, acquire);
    for (const permit of permits) permit.failed(limited(1), false);
    expect(gate.breaker.state).toBe('closed');
  });
});

describe('the last traffic', () => {
  it('is what the last call said about the model, and when', () => {
    expect(gate.lastCall).toBeUndefined();
    acquire().failed(error('server'), false);
    expect(gate.lastCall).toMatchObject({ at: performance.now(), failed: 'qwen: failed' });
    vi.advanceTimersByTime(1_000);
    acquire().succeeded(10);
    expect(gate.lastCall).toMatchObject({ at: performance.now() });
    const { lastCall } = gate;
    vi.advanceTimersByTime(1_000);
    acquire().failed(new ClientGoneError(), false);
    expect(gate.lastCall).toEqual(lastCall);
  });
});

describe('a test of the model', () => {
  const succeed = () => Promise.resolve();
  const fail = (reason: Error) => () => Promise.reject(reason);

  it('that succeeds ends the wait of an open breaker early', async () => {
    open(gate);
    await gate.probe(succeed);
    expect(gate.breaker.state).toBe('half_open');
    expect(gate.lastCall).toMatchObject({ at: performance.now() });
  });

  it('that fails leaves an open breaker’s wait as it is, and is noted', async () => {
    open(gate);
    vi.advanceTimersByTime(30_000);
    await expect(gate.probe(fail(new Error('still down')))).rejects.toThrow('still down');
    expect(gate.retryAfterMs).toBe(30_000);
    expect(gate.lastCall).toMatchObject({ at: performance.now(), isTest: true, failed: 'still down' });
  });

  it('counts as a probe of a half-open breaker', async () => {
    halfOpen();
    for (let successes = 0; successes < 5; successes += 1) {
      expect(gate.breaker.state).toBe('half_open');
      await gate.probe(succeed);
    }
    expect(gate.breaker.state).toBe('closed');
  });

  it('takes a probe’s place while it runs', async () => {
    halfOpen();
    const running = Promise.withResolvers<undefined>();
    const probe = gate.probe(async () => {
      await running.promise;
    });
    expect([gate.tryAcquire(), gate.tryAcquire(), gate.tryAcquire()].filter(Boolean)).toHaveLength(2);
    running.resolve(undefined);
    await probe;
    expect(gate.tryAcquire()).toBeDefined();
  });

  it('that fails reopens a half-open breaker', async () => {
    halfOpen();
    await expect(gate.probe(fail(new Error('still down')))).rejects.toThrow('still down');
    expect(gate.breaker.state).toBe('open');
  });

  it('that fails does not open a closed breaker', async () => {
    for (let failures = 0; failures < 10; failures += 1) {
      await expect(gate.probe(fail(new Error('down')))).rejects.toThrow('down');
    }
    expect(gate.breaker.state).toBe('closed');
  });

  it('is not made while the model has asked for no calls', async () => {
    acquire().failed(limited(20), false);
    const test = vi.fn(succeed);
    await expect(gate.probe(test)).rejects.toThrow('qwen asked for no calls for another 20 s');
    expect(test).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20_000);
    await gate.probe(test);
    expect(test).toHaveBeenCalledTimes(1);
  });

  it('that is asked to wait keeps calls away, and does not reopen a half-open breaker', async () => {
    halfOpen();
    await expect(gate.probe(fail(limited(20)))).rejects.toThrow('qwen: failed');
    expect(gate.breaker.state).toBe('half_open');
    expect(gate.retryAfterMs).toBe(20_000);
  });
});
