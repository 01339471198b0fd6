import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Hold } from './hold.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const now = () => performance.now();

describe('after a 429', () => {
  it('no call goes until the time that it asked for has passed', () => {
    const hold = new Hold();
    expect(hold.remainingMs()).toBe(0);
    hold.note(7, now());
    expect(hold.remainingMs()).toBe(7_000);
    vi.advanceTimersByTime(6_999);
    expect(hold.remainingMs()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(hold.remainingMs()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(hold.remainingMs()).toBe(0);
  });

  it.each([
    ['1 s when it asked for no time', undefined, 1_000],
    ['no time when it asked for 0 s', 0, 0],
    ['1 h when it asked for that', 3_600, 3_600_000],
    ['1 h when it asked for more', 3_601, 3_600_000],
  ])('the hold is %s', (_, retryAfter, expected) => {
    const hold = new Hold();
    hold.note(retryAfter, now());
    expect(hold.remainingMs()).toBe(expected);
  });

  it('the longest of several holds, whichever came first', () => {
    const hold = new Hold();
    hold.note(10, now());
    vi.advanceTimersByTime(2_000);
    hold.note(3, now());
    expect(hold.remainingMs()).toBe(8_000);
    hold.note(20, now());
    expect(hold.remainingMs()).toBe(20_000);
  });

  it('a shorter hold follows one that is over', () => {
    const hold = new Hold();
    hold.note(30, now());
    vi.advanceTimersByTime(30_000);
    hold.note(2, now());
    expect(hold.remainingMs()).toBe(2_000);
  });
});

describe('a 429 is a failure', () => {
  /** A hold that has just been waited out. */
  function waitedOut(): Hold {
    const hold = new Hold();
    hold.note(5, now());
    vi.advanceTimersByTime(5_000);
    return hold;
  }

  it('not the first time', () => {
    expect(new Hold().note(5, now())).toBe(false);
    expect(new Hold().note(undefined, 0)).toBe(false);
  });

  it('not for a call that was sent before the hold began, or while it ran', () => {
    const hold = new Hold();
    const began = now();
    vi.advanceTimersByTime(100);
    hold.note(5, began);
    expect(hold.note(5, began)).toBe(false);
    vi.advanceTimersByTime(4_999);
    const during = now();
    vi.advanceTimersByTime(1);
    expect(hold.note(5, began)).toBe(false);
    expect(hold.note(5, during)).toBe(false);
  });

  it('when the hold was waited for', () => {
    const hold = waitedOut();
    const began = now();
    vi.advanceTimersByTime(300);
    expect(hold.note(5, began)).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(hold.note(5, now())).toBe(true);
  });

  it('for each of the calls that went together after the hold', () => {
    const hold = waitedOut();
    const began = now();
    vi.advanceTimersByTime(10);
    expect(hold.note(5, began)).toBe(true);
    vi.advanceTimersByTime(10);
    expect(hold.note(5, began + 5)).toBe(true);
    vi.advanceTimersByTime(6_000);
    expect(hold.note(5, began + 5)).toBe(false);
  });

  it('up to 60 s after the hold, and not later', () => {
    const soon = waitedOut();
    vi.advanceTimersByTime(60_000);
    const began = now();
    vi.advanceTimersByTime(10_000);
    expect(soon.note(5, began)).toBe(true);

    const late = waitedOut();
    vi.advanceTimersByTime(60_001);
    expect(late.note(5, now())).toBe(false);
    vi.advanceTimersByTime(5_000);
    expect(late.note(5, now())).toBe(true);
  });
});
