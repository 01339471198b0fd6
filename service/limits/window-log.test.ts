import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolutionMs, windowMs, WindowLog } from './window-log.ts';

describe('a log of uses', () => {
  it('counts a use for 60 s, and not longer when it was at a whole step', () => {
    const log = new WindowLog();
    log.add(1_000);
    expect(log.count(60_999)).toBe(1);
    expect(log.untilOldestLeaves(60_999)).toBe(1);
    expect(log.count(61_000)).toBe(0);
    expect(log.untilOldestLeaves(61_000)).toBe(0);
  });

  it('counts every use for at least 60 s and less than a step longer, at any times', () => {
    const aboutTheWindow = fc.integer({ min: windowMs - 15, max: windowMs + 15 });
    const pauses = fc.array(fc.oneof(fc.double({ min: 0, max: 30, noNaN: true }), fc.nat(30_000), aboutTheWindow), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(pauses, (all) => {
        const log = new WindowLog();
        const uses: number[] = [];
        let now = 0;
        for (const pause of all) {
          now += pause;
          log.add(now);
          uses.push(now);
          const within = (length: number) => uses.filter((at) => at > now - length).length;
          const count = log.count(now);
          expect(count).toBeGreaterThanOrEqual(within(windowMs));
          expect(count).toBeLessThanOrEqual(within(windowMs + resolutionMs));
          const oldest = uses.find((at) => at > now - windowMs) ?? now;
          expect(log.untilOldestLeaves(now)).toBeLessThanOrEqual(oldest + windowMs + resolutionMs - now);
        }
      }),
    );
  });
});
