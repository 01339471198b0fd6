import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function call(budget: RetryBudget, times: number): void {
  for (let made = 0; made < times; made += 1) budget.called();
}

/** How many of a number of retries are granted. */
function retry(budget: RetryBudget, times: number): number {
  let granted = 0;
  for (let asked = 0; asked < times; asked += 1) if (budget.tryTake()) granted += 1;
  return granted;
}

describe('the budget', () => {
  it('begins with ten retries', () => {
    const budget = new RetryBudget();
    expect(budget.available).toBe(10);
    expect(retry(budget, 20)).toBe(10);
    expect(budget.available).toBe(0);
  });

  it('grants one retry more for each ten calls, to the call', () => {
    const budget = new RetryBudget();
    retry(budget, 10);
    for (let round = 0; round < 100; round += 1) {
      call(budget, 9);
      expect(budget.tryTake()).toBe(false);
      call(budget, 1);
      expect(budget.tryTake()).toBe(true);
    }
  });

  it('takes nothing when it refuses', () => {
    const budget = new RetryBudget();
    retry(budget, 10);
    call(budget, 5);
    expect(retry(budget, 100)).toBe(0);
    call(budget, 5);
    expect(budget.available).toBe(1);
  });

  it('holds extra load at a tenth while everything fails', () => {
    const budget = new RetryBudget();
    let granted = 0;
    for (let second = 0; second < 100; second += 1) {
      for (let made = 0; made < 50; made += 1) {
        budget.called();
        granted += retry(budget, 2);
      }
      vi.advanceTimersByTime(1_000);
    }
    expect(granted).toBe(10 + (50 * 100) / 10);
  });
});

describe('what was saved', () => {
  it('is worth a tenth of the calls of the last 10 s, beside the reserve', () => {
    const budget = new RetryBudget();
    for (let second = 0; second < 60; second += 1) {
      call(budget, 100);
      if (second < 59) vi.advanceTimersByTime(1_000);
    }
    expect(budget.available).toBe(10 + 100);
  });

  it('goes as its calls grow old, second by second, and leaves the reserve', () => {
    const budget = new RetryBudget();
    vi.advanceTimersByTime(1_000 - (performance.now() % 1_000));
    call(budget, 200);
    vi.advanceTimersByTime(4_000);
    call(budget, 100);
    vi.advanceTimersByTime(5_999);
    expect(budget.available).toBe(10 + 30);
    vi.advanceTimersByTime(1);
    expect(budget.available).toBe(10 + 10);
    vi.advanceTimersByTime(4_000);
    expect(budget.available).toBe(10);
    vi.advanceTimersByTime(3_600_000);
    expect(budget.available).toBe(10);
  });

  it('is not given back once it was taken', () => {
    const budget = new RetryBudget();
    retry(budget, 10);
    vi.advanceTimersByTime(3_600_000);
    expect(budget.available).toBe(0);
    call(budget, 10);
    expect(budget.available).toBe(1);
  });
});

it('never grants more than ten retries and a tenth of the first calls, nor more than is recent', () => {
  const step = fc.oneof(
    fc.record({ does: fc.constant('call' as const), times: fc.integer({ min: 1, max: 400 }) }),
    fc.record({ does: fc.constant('retry' as const), times: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ does: fc.constant('wait' as const), times: fc.integer({ min: 1, max: 15_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const budget = new RetryBudget();
      let calls: number[] = [];
      let granted = 0;
      let made = 0;
      for (const { does, times } of steps) {
        if (does === 'wait') vi.advanceTimersByTime(times);
        if (does === 'call') {
          call(budget, times);
          made += times;
          calls.push(...new Array<number>(times).fill(performance.now()));
        }
        calls = calls.filter((at) => at > performance.now() - 10_000);
        expect(budget.available).toBeLessThanOrEqual(10 + calls.length / 10);
        if (does === 'retry') {
          const { available } = budget;
          const now = retry(budget, times);
          expect(now).toBe(Math.min(times, available));
          granted += now;
        }
        expect(granted).toBeLessThanOrEqual(10 + made / 10);
      }
    }),
  );
});
