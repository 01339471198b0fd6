import { describe, expect, it, vi } from 'vitest';
import { Trace } from '../telemetry/trace.ts';
import type { Correction } from '../upstreams/language-model.ts';
import { CallLimitError, guardJson, type GuardClock, type GuardOptions } from './json-guard.ts';
import type { Validation } from './schema-validator.ts';

interface Call {
  readonly text: string;
  readonly model: string;
}

/** A guard whose model gives these answers in turn, and whose schema takes `{"ok": true}` alone. */
function guard(
  answers: readonly (string | Error)[],
  options: Partial<GuardOptions> = {},
  clock: Partial<GuardClock> = {},
) {
  const onInvalid = vi.fn<() => void>();
  const sleep = vi.fn<GuardClock['sleep']>(async () => undefined);
  let calls = 0;
  const generate = vi.fn<(corrections: readonly Correction[]) => Promise<Call>>(async () => {
    calls += 1;
    const answer = answers[calls - 1] ?? new Error('called too often');
    if (answer instanceof Error) throw answer;
    return { text: answer, model: `model ${calls}` };
  });
  const validate = async (value: unknown): Promise<Validation> =>
    JSON.stringify(value) === '{"ok":true}' ? { valid: true } : { valid: false, errors: '/ok must be true' };
  const result = guardJson(
    { attempts: 3, backoffBaseSecs: 1, jitterSecs: 0.5, onInvalid, trace: Trace.none, ...options },
    generate,
    validate,
    { sleep, remainingMs: () => 60_000, random: () => 0, ...clock },
  );
  return { result, generate, sleep, onInvalid };
}

const pauses = (sleep: { mock: { calls: unknown[][] } }) => sleep.mock.calls.flat();

describe('an answer that is valid', () => {
  it('is taken at once', async () => {
    const { result, sleep, onInvalid } = guard(['{"ok": true}']);

    expect(await result).toEqual({
      valid: true,
      value: { ok: true },
      attempts: 1,
      last: { text: '{"ok": true}', model: 'model 1' },
    });
    expect(sleep).not.toHaveBeenCalled();
    expect(onInvalid).not.toHaveBeenCalled();
  });

  it('is taken from its wrapping', async () => {
    expect(await guard(['Sure:\n```json\n{"ok": true}\n```']).result).toMatchObject({
      valid: true,
      value: { ok: true },
    });
  });

  it('may come later, and is then the last', async () => {
    const { result, onInvalid } = guard(['no', '{"ok": false}', '{"ok": true}']);

    expect(await result).toMatchObject({ valid: true, attempts: 3, last: { model: 'model 3' } });
    expect(onInvalid).toHaveBeenCalledTimes(2);
  });
});

describe('an answer that is not valid', () => {
  it('is shown to the model with what was wrong, and those before it', async () => {
    const { result, generate } = guard(['no', '{"ok": false}', '{"ok": true}']);
    await result;
    const no = { answer: 'no', errors: expect.stringContaining('the answer is not JSON') as unknown };

    expect(generate.mock.calls).toEqual([
      [[]],
      [[no]],
      [[no, { answer: '{"ok": false}', errors: '/ok must be true' }]],
    ]);
  });

  it('is shown cut to 4,000 characters', async () => {
    const { result, generate } = guard([`x${'😀'.repeat(3_000)}`, '{"ok": true}']);
    await result;
    const shown = generate.mock.calls[1]?.[0][0]?.answer ?? '';

    expect(shown.length).toBeGreaterThan(3_990);
    expect(shown.length).toBeLessThanOrEqual(4_000);
    expect(shown.isWellFormed()).toBe(true);
    expect(shown.endsWith('…')).toBe(true);
  });

  it('is followed by no more attempts than allowed', async () => {
    const { result, generate, onInvalid, sleep } = guard(['1', '2', '3', '{"ok": true}']);

    expect(await result).toEqual({ valid: false, attempts: 3, last: { text: '3', model: 'model 3' } });
    expect(generate).toHaveBeenCalledTimes(3);
    expect(onInvalid).toHaveBeenCalledTimes(3);
    expect(sleep).toHaveBeenCalledTimes(2);
  });

  it('is the only one where one attempt is allowed', async () => {
    const { result, sleep } = guard(['1'], { attempts: 1 });

    expect(await result).toMatchObject({ valid: false, attempts: 1 });
    expect(sleep).not.toHaveBeenCalled();
  });
});

describe('pauses between attempts', () => {
  it('double, each with jitter of its own', async () => {
    const chances = [0, 0.5, 1];
    const random = () => chances.shift() ?? 0;
    const { result, sleep } = guard(['1', '2', '3', '4'], { attempts: 4 }, { random });
    await result;

    expect(pauses(sleep)).toEqual([1_000, 2_250, 4_500]);
  });

  it('are not begun when they would pass the deadline', async () => {
    const { result, sleep, generate } = guard(['1', '2', '3'], {}, { remainingMs: () => 2_000 });

    expect(await result).toEqual({ valid: false, attempts: 2, last: { text: '2', model: 'model 2' } });
    expect(pauses(sleep)).toEqual([1_000]);
    expect(generate).toHaveBeenCalledTimes(2);
  });

  it('end with the request', async () => {
    const { result } = guard(['1', '2'], {}, { sleep: () => Promise.reject(new Error('the client left')) });

    await expect(result).rejects.toThrow('the client left');
  });
});

describe('errors', () => {
  it('end the attempts when no more calls are allowed', async () => {
    const { result, onInvalid } = guard(['1', new CallLimitError(3)]);

    expect(await result).toEqual({ valid: false, attempts: 1, last: { text: '1', model: 'model 1' } });
    expect(onInvalid).toHaveBeenCalledTimes(1);
  });

  it('leave no answer when not even one call is allowed', async () => {
    expect(await guard([new CallLimitError(3)]).result).toEqual({ valid: false, attempts: 0, last: undefined });
    expect(new CallLimitError(3).message).toBe('all 3 model calls of this request are used');
  });

  it('pass through otherwise', async () => {
    await expect(guard(['1', new Error('the model is away')]).result).rejects.toThrow('the model is away');
  });
});
