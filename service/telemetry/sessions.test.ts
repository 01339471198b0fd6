import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionCount } from './sessions.ts';

const clock = performance;

describe('active sessions', () => {
  let now = 1_000;
  beforeEach(() => {
    vi.useFakeTimers();
    // lru-cache holds on to the real clock.
    vi.spyOn(clock, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  const passMinutes = (minutes: number) => {
    now += minutes * 60_000;
    vi.advanceTimersByTime(minutes * 60_000);
  };

  it('are counted once each, by tenant', () => {
    const sessions = new SessionCount();
    sessions.touch('north', 's1');
    sessions.touch('north', 's1');
    sessions.touch('north', 's2');
    sessions.touch('south', 's1');
    expect(sessions.active).toBe(3);
  });

  it('end 30 minutes after their last question', () => {
    const sessions = new SessionCount();
    sessions.touch('north', 's1');
    passMinutes(29);
    sessions.touch('north', 's2');
    expect(sessions.active).toBe(2);
    passMinutes(2);
    expect(sessions.active).toBe(1);
    sessions.touch('north', 's2');
    passMinutes(29);
    expect(sessions.active).toBe(1);
    passMinutes(2);
    expect(sessions.active).toBe(0);
  });

  it('are at most 10,000', () => {
    const sessions = new SessionCount();
    for (let i = 0; i < 10_500; i += 1) sessions.touch('north', `s${i}`);
    expect(sessions.active).toBe(10_000);
  });
});
