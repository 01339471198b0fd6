import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline, DeadlineError } from './deadline.ts';
import { DrainingError, Lifecycle } from './lifecycle.ts';

const forever = () => new Promise<never>(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the state', () => {
  it('goes from starting over started to draining', () => {
    const lifecycle = new Lifecycle();
    expect(lifecycle.state).toBe('starting');
    lifecycle.started();
    expect(lifecycle.state).toBe('started');
    lifecycle.draining();
    expect(lifecycle.state).toBe('draining');
  });

  it('does not go back when a drain began during the start', () => {
    const lifecycle = new Lifecycle();
    lifecycle.draining();
    lifecycle.started();
    expect(lifecycle.state).toBe('draining');
  });
});

describe('a request', () => {
  it('gives its work’s result, and leaves no timer', async () => {
    expect(await new Lifecycle().run(new Deadline(1000), async () => 'done')).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails as its work fails, and leaves no timer', async () => {
    const failed = new Lifecycle().run(new Deadline(1000), () => Promise.reject(new TypeError('broken')));
    await expect(failed).rejects.toThrow(new TypeError('broken'));
    const thrown = new Lifecycle().run(new Deadline(1000), () => {
      throw new TypeError('at once');
    });
    await expect(thrown).rejects.toThrow('at once');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at its deadline, not before, even when its work ignores the signal', async () => {
    const ended = vi.fn();
    const run = new Lifecycle().run(new Deadline(1500), forever).catch(ended);
    await vi.advanceTimersByTimeAsync(1499);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await run;
    expect(ended).toHaveBeenCalledWith(new DeadlineError(1500));
    expect(new DeadlineError(1500).message).toBe('no answer within 1.5 s');
  });

  it('tells its work why it ends', async () => {
    let reason: unknown;
    const deadline = new Deadline(10);
    const run = new Lifecycle().run(deadline, () => {
      const { signal } = deadline;
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return forever();
    });
    run.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10);
    expect(reason).toBeInstanceOf(DeadlineError);
  });

  it('that ended is not touched by what is aborted later', async () => {
    const lifecycle = new Lifecycle();
    const deadline = new Deadline(10);
    await lifecycle.run(deadline, async () => undefined);
    lifecycle.abortRunning();
    await vi.advanceTimersByTimeAsync(10);
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe('the end of the drain', () => {
  it('is known', () => {
    const lifecycle = new Lifecycle();
    lifecycle.draining();
    expect(lifecycle.isOver).toBe(false);
    lifecycle.abortRunning();
    expect(lifecycle.isOver).toBe(true);
  });

  it('also ends what begins after it', async () => {
    const lifecycle = new Lifecycle();
    lifecycle.abortRunning();
    const work = vi.fn(forever);
    await expect(lifecycle.run(new Deadline(1000), work)).rejects.toThrow(DrainingError);
    expect(work).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends everything that runs', async () => {
    const lifecycle = new Lifecycle();
    const runs = [lifecycle.run(new Deadline(1000), forever), lifecycle.run(new Deadline(1000), forever)];
    const results = Promise.allSettled(runs);
    lifecycle.draining();
    lifecycle.abortRunning();
    for (const result of await results) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(DrainingError) as DrainingError });
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});
