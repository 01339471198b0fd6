import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackgroundCheck, type CheckResult } from './background-check.ts';

describe('a background check', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function checkThat(run: (signal: AbortSignal) => Promise<void>, intervalMs = 5_000) {
    const results: CheckResult[] = [];
    const check = new BackgroundCheck({ run, intervalMs, onResult: (result) => results.push(result) });
    return { check, results };
  }

  it('knows nothing before its first run, and has a result after it', async () => {
    const { check, results } = checkThat(async () => undefined);
    expect(check.result).toBeUndefined();
    await check.start();
    expect(check.result).toMatchObject({ healthy: true, at: new Date(), lastSuccess: new Date() });
    expect(check.result).not.toHaveProperty('reason');
    expect(results).toEqual([check.result]);
    check.stop();
  });

  it('runs again within each interval', async () => {
    const { check, results } = checkThat(async () => undefined, 1_000);
    await check.start();
    for (let expected = 2; expected <= 5; expected += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(results.length).toBeGreaterThanOrEqual(expected);
    }
    // Each pause is at most a tenth shorter than the interval.
    expect(results.length).toBeLessThanOrEqual(5);
    check.stop();
  });

  it('pauses up to a tenth shorter at random, so that replicas do not check in step', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { check, results } = checkThat(async () => undefined);
    await check.start();
    await vi.advanceTimersByTimeAsync(4_749);
    expect(results).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(results).toHaveLength(2);
    check.stop();
    random.mockRestore();
  });

  it('says why it failed, keeps the last success, and sees recovery within one interval', async () => {
    let error: unknown;
    const { check } = checkThat(async () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- code that is not ours may throw anything
      if (error !== undefined) throw error;
    });
    await check.start();
    const success = check.result?.at;

    error = new Error('connection refused');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check.result).toMatchObject({ healthy: false, reason: 'connection refused', lastSuccess: success });
    error = 'a string';
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check.result).toMatchObject({ healthy: false, reason: 'a string', lastSuccess: success });

    error = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check.result).toMatchObject({ healthy: true, lastSuccess: check.result?.at });
    expect(check.result).not.toHaveProperty('reason');
    check.stop();
  });

  it('has no last success when there was none', async () => {
    const { check } = checkThat(() => Promise.reject(new Error('no')));
    await check.start();
    expect(check.result?.lastSuccess).toBeUndefined();
    check.stop();
  });

  it('gives up after its timeout, even when what it runs ignores the signal', async () => {
    vi.useRealTimers();
    let given: AbortSignal | undefined;
    const check = new BackgroundCheck({
      run: (signal) => {
        given = signal;
        return new Promise<never>(() => undefined);
      },
      onResult: () => undefined,
      timeoutMs: 20,
    });
    await check.start();
    expect(check.result).toMatchObject({ healthy: false, reason: 'no answer within 0.02 s' });
    expect(given?.aborted).toBe(true);
    check.stop();
  });

  it('runs no more once it is stopped', async () => {
    const { check, results } = checkThat(async () => undefined);
    await check.start();
    check.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(results).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is stopped while it runs does not run again', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { check, results } = checkThat(async () => promise);
    const started = check.start();
    check.stop();
    resolve(undefined);
    await started;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(results).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
