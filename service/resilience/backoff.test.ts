import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoffMs, pauseMs, sleep } from './backoff.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Uniform numbers as `Math.random` gives them. */
const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The greatest number that `Math.random` gives. */
const nearlyOne = 1 - 2 ** -53;

describe('the backoff', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 8_000],
    [5, 16_000],
    [6, 16_000],
    [2000, 16_000],
  ])('before retry %d is anything up to %d ms, evenly', (retry, longest) => {
    expect(backoffMs(retry, { random: () => 0 })).toBe(0);
    expect(backoffMs(retry, { random: () => 0.25 })).toBe(longest / 4);
    expect(backoffMs(retry, { random: () => 0.5 })).toBe(longest / 2);
    expect(backoffMs(retry, { random: () => nearlyOne })).toBeCloseTo(longest, 6);
  });

  it('differs from one caller to the next', () => {
    expect(new Set(Array.from({ length: 100 }, () => backoffMs(3))).size).toBeGreaterThan(90);
  });
});

describe('the pause before a retry', () => {
  it('is the backoff when the upstream asks for nothing, or for less', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.75);
    expect(pauseMs(3, undefined, 60_000)).toBe(3_000);
    expect(pauseMs(3, 2, 60_000)).toBe(3_000);
    expect(pauseMs(3, 0, 60_000)).toBe(3_000);
  });

  it('is what the upstream asks for when that is longer', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.75);
    expect(pauseMs(3, 20, 60_000)).toBe(20_000);
  });

  it('is none when no time would be left after it', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    expect(pauseMs(1, undefined, 501)).toBe(500);
    expect(pauseMs(1, undefined, 500)).toBeUndefined();
    expect(pauseMs(1, 2, 2_001)).toBe(2_000);
    expect(pauseMs(1, 2, 2_000)).toBeUndefined();
    expect(pauseMs(1, 2, 0)).toBeUndefined();
  });

  it('never is shorter than asked for, longer than it needs, or past the deadline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.option(fc.nat(100), { nil: undefined }),
        fc.nat(60_000),
        uniform,
        (retry, retryAfter, remaining, random) => {
          vi.spyOn(Math, 'random').mockReturnValue(random);
          const asked = (retryAfter ?? 0) * 1000;
          const pause = pauseMs(retry, retryAfter, remaining);
          if (pause === undefined) {
            expect(Math.max(asked, 16_000)).toBeGreaterThanOrEqual(remaining);
          } else {
            expect(pause).toBeLessThan(remaining);
            expect(pause).toBeGreaterThanOrEqual(asked);
            expect(pause).toBeLessThanOrEqual(Math.max(asked, 16_000));
          }
        },
      ),
    );
  });
});

describe('a sleep', () => {
  it('ends after its time, not before, and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    const woke = vi.fn();
    const sleeping = sleep(1_500, signal).then(woke);
    await vi.advanceTimersByTimeAsync(1_499);
    expect(woke).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not end in the millisecond before its time', async () => {
    const woke = vi.fn();
    void sleep(10.4, new AbortController().signal).then(woke);
    await vi.advanceTimersByTimeAsync(10);
    expect(woke).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(woke).toHaveBeenCalled();
  });

  it('goes on when its timer went off early', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000.9);
    const woke = vi.fn();
    const sleeping = sleep(10, new AbortController().signal).then(woke);
    clock.mockReturnValue(1_010.1);
    await vi.advanceTimersByTimeAsync(10);
    expect(woke).not.toHaveBeenCalled();
    clock.mockReturnValue(1_011.1);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at once with the reason of the abort, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const reason = new TypeError('nobody waits any more');
    const sleeping = sleep(1_500, controller.signal);
    await vi.advanceTimersByTimeAsync(100);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin after the abort', async () => {
    const reason = new TypeError('nobody waits any more');
    const signal = AbortSignal.abort(reason);
    await expect(sleep(1_500, signal)).rejects.toBe(reason);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
