import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdaptiveLimit } from './adaptive-limit.ts';
import type { Wait } from './usual-wait.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** When work starts that is admitted after everything so far. */
function later(): number {
  vi.advanceTimersByTime(1);
  return performance.now();
}

/** Ends a round with an overload, as often as told. */
function overload(limit: AdaptiveLimit, times: number): void {
  for (let i = 0; i < times; i += 1) limit.overloaded(later());
}

const arrived = (milliseconds: number, model = 'm'): Wait => ({ model, milliseconds, givenMs: 1_000, inVain: false });
const inVain = (milliseconds = 1_000): Wait => ({ model: 'm', milliseconds, givenMs: 1_000, inVain: true });

/** Ends so much work, each with one wait, of what was admitted after everything so far. */
function waits(limit: AdaptiveLimit, times: number, wait: Wait, inFlight = limit.current): void {
  const startedAt = later();
  for (let i = 0; i < times; i += 1) limit.waited(startedAt, inFlight, wait);
}

/** A limit that knows its model: 100 ms to the first content. */
function learnt(max = 100): AdaptiveLimit {
  const limit = new AdaptiveLimit(max);
  // The first five are not judged; the others are judged ten by ten.
  waits(limit, 25, arrived(100));
  return limit;
}

describe('an adaptive limit', () => {
  it('starts at the maximum, 100 by default', () => {
    expect(new AdaptiveLimit().current).toBe(100);
    expect(new AdaptiveLimit(7).current).toBe(7);
  });

  it('is multiplied by 0.9 in each round with an overload', () => {
    const limit = new AdaptiveLimit(100);
    const seen = Array.from({ length: 5 }, () => {
      overload(limit, 1);
      return limit.current;
    });
    expect(seen).toEqual([90, 81, 72, 64, 57]);
  });

  it('decreases once for one bad moment with a hundred in flight', () => {
    const limit = new AdaptiveLimit(100);
    const starts = Array.from({ length: 100 }, later);
    later();
    for (const startedAt of starts) limit.overloaded(startedAt);
    expect(limit.current).toBe(90);
    limit.overloaded(later());
    expect(limit.current).toBe(81);
  });

  it.each([
    [100, 4],
    [4, 4],
    [3, 3],
    [1, 1],
  ])('of at most %i never falls below %i', (max, floor) => {
    const limit = new AdaptiveLimit(max);
    overload(limit, 100);
    expect(limit.current).toBe(floor);
  });

  it('rises by one for as many successes as the limit', () => {
    const limit = new AdaptiveLimit(100);
    overload(limit, 3);
    const startedAt = later();
    for (let i = 0; i < 71; i += 1) limit.succeeded(startedAt, 72);
    expect(limit.current).toBe(72);
    limit.succeeded(startedAt, 72);
    expect(limit.current).toBe(73);
    for (let i = 0; i < 72; i += 1) limit.succeeded(startedAt, 72);
    expect(limit.current).toBe(73);
    limit.succeeded(startedAt, 72);
    expect(limit.current).toBe(74);
  });

  it('rises only while at least half of it is used', () => {
    const limit = new AdaptiveLimit(100);
    overload(limit, 1);
    const startedAt = later();
    for (let i = 0; i < 1000; i += 1) limit.succeeded(startedAt, 44);
    expect(limit.current).toBe(90);
    for (let i = 0; i < 90; i += 1) limit.succeeded(startedAt, 45);
    expect(limit.current).toBe(91);
  });

  it('never exceeds the maximum', () => {
    const limit = new AdaptiveLimit(10);
    overload(limit, 2);
    const startedAt = later();
    for (let i = 0; i < 1000; i += 1) limit.succeeded(startedAt, 10);
    expect(limit.current).toBe(10);
  });

  it('does not rise by work from before the last decrease, and counts successes anew after it', () => {
    const limit = new AdaptiveLimit(100);
    const before = later();
    overload(limit, 1);
    const between = later();
    for (let i = 0; i < 200; i += 1) limit.succeeded(before, 90);
    expect(limit.current).toBe(90);
    for (let i = 0; i < 89; i += 1) limit.succeeded(between, 90);
    overload(limit, 1);
    const after = later();
    for (let i = 0; i < 80; i += 1) limit.succeeded(after, 81);
    expect(limit.current).toBe(81);
    limit.succeeded(after, 81);
    expect(limit.current).toBe(82);
  });

  it('is a whole number between its bounds, whatever happens', () => {
    const signal = fc.record({ good: fc.boolean(), age: fc.integer({ min: 0, max: 5 }), used: fc.nat(60) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(signal, { maxLength: 200 }), (max, signals) => {
        const limit = new AdaptiveLimit(max);
        for (const { good, age, used } of signals) {
          const before = limit.current;
          const startedAt = later() - age;
          if (good) limit.succeeded(startedAt, used);
          else limit.overloaded(startedAt);
          expect(limit.current).toSatisfy(Number.isInteger);
          expect(limit.current).toBeGreaterThanOrEqual(good ? before : Math.min(4, max));
          expect(limit.current).toBeLessThanOrEqual(good ? Math.min(max, before + 1) : before);
        }
      }),
    );
  });

  it('falls in proportion when most of ten waits were long', () => {
    const limit = learnt();
    waits(limit, 4, arrived(100));
    waits(limit, 5, arrived(625));
    expect(limit.current).toBe(100);
    waits(limit, 1, arrived(625));
    expect(limit.current).toBe(80);
  });

  it('stays when most of ten waits left enough time', () => {
    const limit = learnt();
    waits(limit, 6, arrived(500));
    waits(limit, 4, arrived(999));
    expect(limit.current).toBe(100);
  });

  it('falls by a tenth at least, and to a quarter at most', () => {
    const slightly = learnt();
    waits(slightly, 10, arrived(505));
    expect(slightly.current).toBe(90);
    const much = learnt();
    waits(much, 10, arrived(100_000));
    expect(much.current).toBe(25);
  });

  it('takes long waits for harmless while less than half of it is used, unless they are in vain', () => {
    const limit = learnt();
    waits(limit, 10, arrived(1_000), 49);
    expect(limit.current).toBe(100);
    waits(limit, 10, inVain(), 40);
    // Of what ran, the part that could have been served in twice the usual time.
    expect(limit.current).toBe(10);
  });

  it('falls by waits once a round', () => {
    const limit = learnt();
    const startedAt = later();
    later();
    for (let i = 0; i < 100; i += 1) limit.waited(startedAt, 100, arrived(1_000));
    expect(limit.current).toBe(50);
  });

  it('compares each model with itself', () => {
    const limit = learnt();
    waits(limit, 25, arrived(800, 'slow'));
    waits(limit, 10, arrived(1_600, 'slow'));
    expect(limit.current).toBe(100);
    waits(limit, 10, arrived(1_600, 'm'));
    expect(limit.current).toBe(31);
  });

  it('takes long waits for usual when they stay at its lowest', () => {
    const limit = learnt(8);
    waits(limit, 10, arrived(1_000));
    expect(limit.current).toBe(4);
    waits(limit, 10, arrived(1_000));
    waits(limit, 25, arrived(1_000));
    const startedAt = later();
    for (let i = 0; i < 4; i += 1) limit.succeeded(startedAt, 4);
    waits(limit, 10, arrived(1_000));
    expect(limit.current).toBe(5);
  });
});
