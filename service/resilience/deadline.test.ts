import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline, DeadlineError } from './deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What the signal aborted with, and when. */
function watch({ signal }: Deadline) {
  const seen: { reason?: unknown; at?: number; times: number } = { times: 0 };
  signal.addEventListener('abort', () => {
    seen.reason = signal.reason;
    seen.at = performance.now();
    seen.times += 1;
  });
  return seen;
}

describe('a deadline', () => {
  it('aborts its signal when the time is over, not before, and leaves no timer', () => {
    const deadline = new Deadline(1500);
    const seen = watch(deadline);
    vi.advanceTimersByTime(1499);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(seen.reason).toEqual(new DeadlineError(1500));
    expect(seen.reason).toHaveProperty('message', 'no answer within 1.5 s');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells what is left of the time, which is never less than nothing', () => {
    const deadline = new Deadline(1500);
    expect(deadline.expiresAt).toBe(performance.now() + 1500);
    vi.advanceTimersByTime(500);
    expect(deadline.remainingMs()).toBe(1000);
    vi.advanceTimersByTime(2000);
    expect(deadline.remainingMs()).toBe(0);
  });

  it('aborts earlier for a reason of the caller’s, and then no more', () => {
    const deadline = new Deadline(1000);
    const seen = watch(deadline);
    const left = new Error('the client left');
    deadline.abort(left);
    expect(seen.reason).toBe(left);
    expect(vi.getTimerCount()).toBe(0);
    deadline.abort(new Error('another reason'));
    deadline.restart(10);
    vi.advanceTimersByTime(5000);
    expect(seen).toMatchObject({ reason: left, times: 1 });
  });

  it('can be moved later, also several times', () => {
    const deadline = new Deadline(1000);
    const seen = watch(deadline);
    vi.advanceTimersByTime(900);
    deadline.restart(1000);
    vi.advanceTimersByTime(900);
    deadline.restart(1000);
    vi.advanceTimersByTime(999);
    expect(seen.times).toBe(0);
    vi.advanceTimersByTime(1);
    expect(seen.times).toBe(1);
  });

  it('can be moved sooner, and then says which time it was that is over', () => {
    const deadline = new Deadline(60_000);
    const seen = watch(deadline);
    deadline.restart(30_000, 'no token for 30 s');
    vi.advanceTimersByTime(29_999);
    expect(seen.times).toBe(0);
    vi.advanceTimersByTime(1);
    expect(seen.reason).toEqual(new DeadlineError(30_000, 'no token for 30 s'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says the usual sentence when it was moved without one', () => {
    const deadline = new Deadline(60_000);
    const seen = watch(deadline);
    deadline.restart(20, 'too slow');
    deadline.restart(30);
    vi.advanceTimersByTime(30);
    expect(seen.reason).toHaveProperty('message', 'no answer within 0.03 s');
  });

  it('is over at once when it is moved into the past', () => {
    const deadline = new Deadline(60_000);
    deadline.restart(-5);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.reason).toBeInstanceOf(DeadlineError);
  });

  it('sets no timer for a token', () => {
    const deadline = new Deadline(60_000);
    const set = vi.spyOn(globalThis, 'setTimeout');
    deadline.restart(30_000);
    const wholeEnd = performance.now() + 300_000;
    for (let token = 0; token < 29_000; token += 1) {
      vi.advanceTimersByTime(10);
      deadline.restart(Math.min(30_000, wholeEnd - performance.now()));
    }
    expect(deadline.signal.aborted).toBe(false);
    // One to move it sooner, then about one for each 30 s.
    expect(set.mock.calls.length).toBeLessThanOrEqual(12);
    vi.advanceTimersByTime(wholeEnd - performance.now() - 1);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(2);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('does not count time any more once it is disposed of', () => {
    const deadline = new Deadline(1000);
    deadline.dispose();
    deadline.restart(10);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5000);
    expect(deadline.signal.aborted).toBe(false);
  });

  it('waits on when its timer goes off a little early, as timers do', () => {
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now);
    const deadline = new Deadline(100);
    clock.mockReturnValue(now + 99.4);
    vi.advanceTimersByTime(100);
    expect(deadline.signal.aborted).toBe(false);
    clock.mockReturnValue(now + 100.4);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('ends at its last end, at most a millisecond late, however it is moved', () => {
    const move = fc.record({ after: fc.integer({ min: 0, max: 40 }), time: fc.integer({ min: 0, max: 100 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(move, { maxLength: 20 }), (first, moves) => {
        const deadline = new Deadline(first);
        const seen = watch(deadline);
        let end = deadline.expiresAt;
        for (const { after, time } of moves) {
          vi.advanceTimersByTime(after);
          if (seen.at !== undefined) break;
          end = performance.now() + time;
          deadline.restart(time);
        }
        vi.advanceTimersByTime(200);
        expect(seen.times).toBe(1);
        expect(seen.at).toBeGreaterThanOrEqual(end);
        expect(seen.at).toBeLessThanOrEqual(end + 1);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });
});
