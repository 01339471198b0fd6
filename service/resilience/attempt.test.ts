import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attemptWithin } from './attempt.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const tooLate = () => new Error('too late');
const left = new Error('the client left');

type Call = (signal: AbortSignal, arrived: () => void) => Promise<string>;

function build() {
  const controller = new AbortController();
  const attempt = (call: Call) => attemptWithin(controller.signal, 1_000, tooLate, call);
  return { controller, attempt };
}

const never: Call = () => new Promise(() => undefined);

/** Fails as soon as it is aborted, with an error of its own. */
const fragile: Call = (signal) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the socket was closed')));
  });

/** A call's failure, which is looked at later. */
function failure(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

describe('an attempt', () => {
  it('gives what the call gives, or fails as it fails', async () => {
    const { attempt } = build();
    expect(await attempt(async () => 'yes')).toBe('yes');
    await expect(attempt(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('that takes too long fails as it should, even when the call ignores its signal', async () => {
    const { attempt } = build();
    const failed = failure(attempt(never));
    const ended = vi.fn();
    void failed.then(ended);
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await failed).toEqual(new Error('too late'));
  });

  it('aborts the call with the error that it fails with', async () => {
    const { attempt } = build();
    let signal: AbortSignal | undefined;
    const failed = failure(
      attempt((given) => {
        signal = given;
        return never(given, () => undefined);
      }),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signal?.reason).toBe(await failed);
  });

  it('ends when the one who waits does, with that reason', async () => {
    const { attempt, controller } = build();
    const failed = failure(attempt(never));
    controller.abort(left);
    expect(await failed).toBe(left);
  });

  it('fails for the right reason though the call fails as soon as it is aborted', async () => {
    const { attempt, controller } = build();
    const late = failure(attempt(fragile));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toEqual(new Error('too late'));
    const abandoned = failure(attempt(fragile));
    controller.abort(left);
    expect(await abandoned).toBe(left);
  });

  it('is not begun when nobody waits any more', async () => {
    const { attempt, controller } = build();
    controller.abort(left);
    const call = vi.fn(never);
    await expect(attempt(call)).rejects.toBe(left);
    expect(call).not.toHaveBeenCalled();
  });

  it('may go on once its answer has begun to arrive, and ends with the one who waits', async () => {
    const { attempt, controller } = build();
    const failed = failure(
      attempt((signal, arrived) => {
        setTimeout(arrived, 999);
        return never(signal, arrived);
      }),
    );
    const ended = vi.fn();
    void failed.then(ended);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(ended).not.toHaveBeenCalled();
    controller.abort(left);
    expect(await failed).toBe(left);
  });

  it.each<[string, Call, number]>([
    ['a success', async () => 'yes', 0],
    ['a failure', () => Promise.reject(new Error('no')), 0],
    ['a call that took too long', never, 1_000],
  ])('leaves neither timer nor listener behind after %s', async (_what, call, milliseconds) => {
    const { attempt, controller } = build();
    const ended = attempt(call).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(milliseconds);
    await ended;
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});
