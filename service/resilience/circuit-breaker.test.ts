import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState, type Permit } from './circuit-breaker.ts';

const models = { successThreshold: 5, timeoutMs: 60_000 };
const dependencies = { successThreshold: 2, timeoutMs: 30_000 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Change = [state: CircuitState, previous: CircuitState];

function build(options: Partial<CircuitBreakerOptions> = {}) {
  const changes: Change[] = [];
  const breaker = new CircuitBreaker(
    { name: 'qwen', failureThreshold: 0.5, ...models, halfOpenRequests: 3, enabled: true, ...options },
    (...change) => changes.push(change),
  );
  return { breaker, changes };
}

function acquire(breaker: CircuitBreaker): Permit {
  const permit = breaker.tryAcquire();
  if (permit === undefined) throw new Error(`no permit: the breaker is ${breaker.state}`);
  return permit;
}

/** Calls one after the other: S succeeds, F fails, I says nothing. */
function run(breaker: CircuitBreaker, outcomes: string): void {
  for (const outcome of outcomes) {
    const permit = acquire(breaker);
    if (outcome === 'S') permit.success();
    else if (outcome === 'F') permit.failure();
    else permit.ignore();
  }
}

function halfOpen(options: Partial<CircuitBreakerOptions> = {}) {
  const built = build(options);
  run(built.breaker, 'FFFFF');
  vi.advanceTimersByTime(options.timeoutMs ?? models.timeoutMs);
  expect(built.breaker.state).toBe('half_open');
  return built;
}

describe('while closed', () => {
  it('five failures in a row open it, and four do not', () => {
    const { breaker, changes } = build();
    run(breaker, 'FFFF');
    expect(breaker.state).toBe('closed');
    run(breaker, 'F');
    expect(breaker.state).toBe('open');
    expect(changes).toEqual([['open', 'closed']]);
  });

  it.each([
    [0.4, 'SSSFF', 'open'],
    [0.4, 'SSSSFF', 'closed'],
    [0.4, 'SSSSSSFFFF', 'open'],
    [0.5, 'SSSFF', 'closed'],
    [0.5, 'SSSFFF', 'open'],
    [0.5, 'SFFF', 'closed'],
    [0.8, 'SFFFF', 'open'],
    [0.8, 'SSFFFFFFF', 'closed'],
    [0.8, 'SSFFFFFFFF', 'open'],
    [1, 'SFFFFFFFFFFFFFFF', 'closed'],
    [1, 'FFFFF', 'open'],
    [0.07, `${'S'.repeat(93)}FFFFFF`, 'closed'],
    [0.07, `${'S'.repeat(93)}FFFFFFF`, 'open'],
  ])('at a threshold of %d, %s leaves it %s', (failureThreshold, outcomes, state) => {
    const { breaker } = build({ failureThreshold });
    run(breaker, outcomes);
    expect(breaker.state).toBe(state);
  });

  it('whichever outcome makes enough of them opens it', () => {
    const { breaker } = build({ failureThreshold: 0.4 });
    run(breaker, 'FSFS');
    expect(breaker.state).toBe('closed');
    run(breaker, 'S');
    expect(breaker.state).toBe('open');
  });

  it('opens when the successes that outweighed the failures have grown old', () => {
    const { breaker } = build();
    run(breaker, 'SSSSSSSSSS');
    vi.advanceTimersByTime(5_000);
    run(breaker, 'FFFFF');
    vi.advanceTimersByTime(5_000);
    expect(breaker.state).toBe('closed');
    run(breaker, 'S');
    expect(breaker.state).toBe('open');
  });

  it('calls in flight count neither as attempts nor as successes', () => {
    const { breaker } = build();
    const inFlight = Array.from({ length: 100 }, () => acquire(breaker));
    run(breaker, 'FFFF');
    expect(breaker.state).toBe('closed');
    run(breaker, 'F');
    expect(breaker.state).toBe('open');
    for (const permit of inFlight) permit.ignore();
  });

  it('what says nothing about the upstream is not recorded at all', () => {
    const { breaker } = build();
    run(breaker, 'IIIIIIIIIIFFFF');
    expect(breaker.state).toBe('closed');
    run(breaker, 'IIIIIIIIIIF');
    expect(breaker.state).toBe('open');
  });

  it('a call has one outcome, the first that is reported', () => {
    const { breaker } = build();
    const permit = acquire(breaker);
    permit.success();
    for (let again = 0; again < 10; again += 1) permit.failure();
    const ignored = acquire(breaker);
    ignored.ignore();
    for (let again = 0; again < 10; again += 1) ignored.failure();
    run(breaker, 'FFF');
    expect(breaker.state).toBe('closed');
  });

  it('an outcome counts for 10 s', () => {
    const { breaker } = build();
    vi.advanceTimersByTime(123);
    run(breaker, 'FFFF');
    vi.advanceTimersByTime(10_000);
    run(breaker, 'FFFF');
    expect(breaker.state).toBe('closed');
    vi.advanceTimersByTime(9_500);
    run(breaker, 'F');
    expect(breaker.state).toBe('open');
  });

  it('old successes do not hide new failures', () => {
    const { breaker } = build();
    run(breaker, 'S'.repeat(1_000));
    vi.advanceTimersByTime(10_000);
    run(breaker, 'FFFFF');
    expect(breaker.state).toBe('open');
  });
});

describe.each([
  ['a model', models, 60_000, 5],
  ['another dependency', dependencies, 30_000, 2],
])('the breaker of %s', (_, options, waitMs, successes) => {
  it('goes from closed over open and half open back to closed', () => {
    const { breaker, changes } = build(options);
    run(breaker, 'SSSSSFFFFF');
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfterMs()).toBe(waitMs);
    vi.advanceTimersByTime(waitMs - 1);
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfterMs()).toBe(1);
    expect(breaker.tryAcquire()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(breaker.state).toBe('half_open');
    expect(breaker.retryAfterMs()).toBe(0);
    run(breaker, 'S'.repeat(successes - 1));
    expect(breaker.state).toBe('half_open');
    run(breaker, 'S');
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual([
      ['open', 'closed'],
      ['half_open', 'open'],
      ['closed', 'half_open'],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('opens again when a probe fails, and waits as long again', () => {
    const { breaker, changes } = build(options);
    run(breaker, 'FFFFF');
    for (let round = 0; round < 3; round += 1) {
      vi.advanceTimersByTime(waitMs + 500);
      expect(breaker.state).toBe('half_open');
      run(breaker, `${'S'.repeat(successes - 1)}F`);
      expect(breaker.state).toBe('open');
      expect(breaker.retryAfterMs()).toBe(waitMs);
      vi.advanceTimersByTime(waitMs - 1);
      expect(breaker.state).toBe('open');
      vi.advanceTimersByTime(1);
      run(breaker, 'F');
    }
    expect(changes.filter(([state]) => state === 'open')).toHaveLength(7);
    expect(vi.getTimerCount()).toBe(1);
  });
});

describe('while open', () => {
  it('refuses every call, and says for how long', () => {
    const { breaker } = build();
    run(breaker, 'FFFFF');
    for (let second = 60; second > 0; second -= 1) {
      expect(breaker.tryAcquire()).toBeUndefined();
      expect(breaker.retryAfterMs()).toBe(second * 1_000);
      vi.advanceTimersByTime(1_000);
    }
    expect(breaker.tryAcquire()).toBeDefined();
  });

  it('late outcomes of calls that began before change nothing, then or later', () => {
    const { breaker, changes } = build();
    const late = Array.from({ length: 30 }, () => acquire(breaker));
    const report = (outcome: 'success' | 'failure' | 'ignore') => {
      for (const permit of late.splice(0, 10)) permit[outcome]();
    };
    run(breaker, 'FFFFF');
    report('success');
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfterMs()).toBe(60_000);
    vi.advanceTimersByTime(60_000);
    run(breaker, 'S');
    report('failure');
    expect(breaker.state).toBe('half_open');
    run(breaker, 'SSSS');
    expect(breaker.state).toBe('closed');
    report('failure');
    run(breaker, 'FFFF');
    expect(breaker.state).toBe('closed');
    expect(changes).toHaveLength(3);
  });

  it('a successful check in the background ends the wait at once', () => {
    const { breaker, changes } = build();
    run(breaker, 'FFFFF');
    vi.advanceTimersByTime(10_000);
    breaker.endWaitEarly();
    expect(breaker.state).toBe('half_open');
    expect(breaker.retryAfterMs()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    run(breaker, 'S');
    // The wait that was ended does not begin the probation anew.
    vi.advanceTimersByTime(100_000);
    run(breaker, 'SSSS');
    expect(breaker.state).toBe('closed');
    expect(changes).toHaveLength(3);
  });

  it('a check in the background ends no other state', () => {
    const { breaker, changes } = build();
    breaker.endWaitEarly();
    expect(breaker.state).toBe('closed');
    run(breaker, 'FFFFF');
    breaker.endWaitEarly();
    run(breaker, 'SSSS');
    breaker.endWaitEarly();
    run(breaker, 'S');
    expect(breaker.state).toBe('closed');
    breaker.endWaitEarly();
    expect(changes.map(([state]) => state)).toEqual(['open', 'half_open', 'closed']);
  });
});

describe('while half open', () => {
  it.each([1, 3, 7])('at most %d probes are in flight', (halfOpenRequests) => {
    const { breaker } = halfOpen({ halfOpenRequests, successThreshold: 100 });
    const probes = Array.from({ length: halfOpenRequests }, () => acquire(breaker));
    expect(breaker.tryAcquire()).toBeUndefined();
    probes[0]?.success();
    const next = acquire(breaker);
    expect(breaker.tryAcquire()).toBeUndefined();
    next.ignore();
    next.ignore();
    acquire(breaker);
    expect(breaker.tryAcquire()).toBeUndefined();
    expect(breaker.state).toBe('half_open');
  });

  it('a probe that says nothing neither counts nor breaks the row', () => {
    const { breaker } = halfOpen();
    run(breaker, 'SISISISI');
    expect(breaker.state).toBe('half_open');
    run(breaker, 'S');
    expect(breaker.state).toBe('closed');
  });

  it('the failure of any probe opens it, and the others count for nothing', () => {
    const { breaker, changes } = halfOpen({ successThreshold: 1 });
    const [first, second, third] = [acquire(breaker), acquire(breaker), acquire(breaker)];
    second.failure();
    expect(breaker.state).toBe('open');
    vi.advanceTimersByTime(1_000);
    first.success();
    third.failure();
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfterMs()).toBe(59_000);
    expect(changes).toHaveLength(3);
  });

  it('probes of an earlier probation take no place in the next, and give none back', () => {
    const { breaker } = halfOpen();
    const earlier = [acquire(breaker), acquire(breaker)];
    run(breaker, 'F');
    vi.advanceTimersByTime(60_000);
    Array.from({ length: 3 }, () => acquire(breaker));
    for (const permit of earlier) permit.success();
    expect(breaker.tryAcquire()).toBeUndefined();
    expect(breaker.state).toBe('half_open');
  });

  it('the successes of an earlier probation do not count in the next', () => {
    const { breaker } = halfOpen();
    run(breaker, 'SSSSF');
    vi.advanceTimersByTime(60_000);
    run(breaker, 'SSSS');
    expect(breaker.state).toBe('half_open');
  });

  it('after it closed, all begins anew: no old outcome counts, nor a probe that ends late', () => {
    const { breaker } = build({ ...dependencies, timeoutMs: 10 });
    for (let round = 0; round < 3; round += 1) {
      run(breaker, 'FFFFF');
      expect(breaker.state).toBe('open');
      vi.advanceTimersByTime(10);
      const late = acquire(breaker);
      run(breaker, 'SS');
      late.failure();
      run(breaker, 'FFFF');
      expect(breaker.state).toBe('closed');
      vi.advanceTimersByTime(10_000);
    }
  });
});

describe('a breaker that is switched off', () => {
  it('stays closed, whatever happens', () => {
    const { breaker, changes } = build({ enabled: false });
    run(breaker, 'F'.repeat(100));
    expect(breaker.state).toBe('closed');
    expect(breaker.retryAfterMs()).toBe(0);
    expect(acquire(breaker)).toBeDefined();
    expect(changes).toEqual([]);
  });
});

describe('timers', () => {
  it('there are none while it is closed or half open, and one while it is open', () => {
    const { breaker } = build();
    expect(vi.getTimerCount()).toBe(0);
    run(breaker, 'SSSSSFFFFF');
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('the one of the open state does not keep the process alive', () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo();
    const { breaker } = build();
    run(breaker, 'FFFFF');
    expect(breaker.state).toBe('open');
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toEqual(
      before.filter((kind) => kind === 'Timeout'),
    );
    breaker.close();
  });

  it('none is left when it is closed for good, nor set afterwards', () => {
    const { breaker } = build();
    run(breaker, 'FFFFF');
    breaker.close();
    expect(vi.getTimerCount()).toBe(0);
    const probing = halfOpen().breaker;
    const probe = acquire(probing);
    probing.close();
    probe.failure();
    const closed = build().breaker;
    closed.close();
    run(closed, 'FFFFFFFFFF');
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** What the breaker is to do, by a list of outcomes and plain arithmetic. */
class Expected {
  readonly #options: CircuitBreakerOptions;
  readonly #began = performance.now();
  state: CircuitState = 'closed';
  period = 0;
  probes = 0;
  #successes = 0;
  #openedAt = 0;
  #window: { halfSecond: number; failed: boolean }[] = [];

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get #halfSecond() {
    return Math.floor((performance.now() - this.#began) / 500);
  }

  get acquires() {
    return this.state === 'closed' || (this.state === 'half_open' && this.probes < this.#options.halfOpenRequests);
  }

  get retryAfterMs() {
    return this.state === 'open' ? this.#openedAt + this.#options.timeoutMs - performance.now() : 0;
  }

  pass() {
    if (this.state === 'open' && this.retryAfterMs <= 0) this.become('half_open');
  }

  acquired() {
    if (this.state === 'half_open') this.probes += 1;
  }

  settled(outcome: 'success' | 'failure' | 'ignore', period: number) {
    if (period !== this.period) return;
    if (this.state === 'half_open') {
      this.probes -= 1;
      if (outcome === 'failure') this.become('open');
      if (outcome === 'success') this.#successes += 1;
      if (this.#successes === this.#options.successThreshold) this.become('closed');
    } else if (outcome !== 'ignore') {
      this.#window.push({ halfSecond: this.#halfSecond, failed: outcome === 'failure' });
      const recent = this.#window.filter(({ halfSecond }) => halfSecond > this.#halfSecond - 20);
      const failures = recent.filter(({ failed }) => failed).length;
      const over = failures >= this.#options.failureThreshold * recent.length;
      if (recent.length >= 5 && over) this.become('open');
    }
  }

  become(state: CircuitState) {
    this.state = state;
    this.period += 1;
    this.probes = 0;
    this.#successes = 0;
    this.#openedAt = performance.now();
    this.#window = [];
  }
}

it('is at every moment what a plain model of it is, over any sequence of calls, outcomes, waits and checks', () => {
  const outcome = fc.constantFrom('success' as const, 'failure' as const, 'failure' as const, 'ignore' as const);
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ does: fc.constant('call' as const), outcome }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('begin' as const) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('end' as const), which: fc.nat(3), outcome }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 4_000 }) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('check' as const) }) },
  );
  const options = fc.record({
    name: fc.constant('qwen'),
    failureThreshold: fc.constantFrom(0.25, 0.5, 0.75, 1),
    successThreshold: fc.integer({ min: 1, max: 4 }),
    timeoutMs: fc.integer({ min: 10, max: 8_000 }),
    halfOpenRequests: fc.integer({ min: 1, max: 3 }),
    enabled: fc.constant(true),
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(options, fc.array(step, { minLength: 20, maxLength: 150 }), (chosen, steps) => {
      const { breaker } = build(chosen);
      const expected = new Expected(chosen);
      const inFlight: { permit: Permit; period: number }[] = [];
      const begin = () => {
        const { acquires } = expected;
        const permit = breaker.tryAcquire();
        expect(permit !== undefined).toBe(acquires);
        if (permit === undefined) return;
        expected.acquired();
        inFlight.push({ permit, period: expected.period });
      };
      const end = (which: number, how: 'success' | 'failure' | 'ignore') => {
        const [call] = inFlight.splice(-1 - which, 1);
        if (call === undefined) return;
        call.permit[how]();
        expected.settled(how, call.period);
      };
      for (const each of steps) {
        const before = expected.state;
        if (each.does === 'begin') begin();
        if (each.does === 'end') end(each.which, each.outcome);
        if (each.does === 'call') {
          const { length } = inFlight;
          begin();
          if (inFlight.length > length) end(0, each.outcome);
        }
        if (each.does === 'wait') {
          vi.advanceTimersByTime(Math.min(each.ms, expected.retryAfterMs || each.ms));
          expected.pass();
        }
        if (each.does === 'check') {
          breaker.endWaitEarly();
          if (expected.state === 'open') expected.become('half_open');
        }
        expect(breaker.state).toBe(expected.state);
        expect(breaker.retryAfterMs()).toBeCloseTo(expected.retryAfterMs, 6);
        if (before !== expected.state) seen.add(`${before} ${each.does} ${expected.state}`);
      }
      breaker.close();
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 300 },
  );
  // The sequences are worth something only when they reach every change of state.
  expect([...seen].sort()).toEqual([
    'closed call open',
    'closed end open',
    'half_open call closed',
    'half_open call open',
    'half_open end closed',
    'half_open end open',
    'open check half_open',
    'open wait half_open',
  ]);
});
