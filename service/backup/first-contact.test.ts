import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackupError, UnreachableError } from './backup-error.ts';
import { patientContact } from './first-contact.ts';

const log = { warn: vi.fn() };
const contact = patientContact(log);
const away = new UnreachableError('node qdrant-0: cannot be reached (ENOTFOUND)');

/** When each attempt was made, in milliseconds since the first. */
let attempts: number[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  attempts = [];
  log.warn.mockClear();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Fails so many times, each after some milliseconds, and then answers. */
async function contactFailing(failures: number, error: Error, failsAfterMs = 0): Promise<unknown> {
  const begin = performance.now();
  const outcome = contact(async () => {
    attempts.push(performance.now() - begin);
    if (attempts.length > failures) return 'an answer';
    await new Promise((wake) => setTimeout(wake, failsAfterMs));
    throw error;
  }).catch((reason: unknown) => reason);
  await vi.runAllTimersAsync();
  return outcome;
}

describe('the first contact with something that cannot be reached', () => {
  it('is tried again after pauses that grow, until there is an answer', async () => {
    expect(await contactFailing(3, away)).toBe('an answer');
    expect(attempts).toEqual([0, 500, 1_500, 3_500]);
    expect(log.warn.mock.calls).toEqual(
      [500, 1_000, 2_000].map((pauseMs) => [{ reason: away.message, pauseMs }, 'not reached yet: asking again']),
    );
  });

  it('is tried for 30 s, a last time at their end, and then fails with the reason and the time', async () => {
    expect(await contactFailing(Infinity, away)).toEqual(
      new BackupError('node qdrant-0: cannot be reached (ENOTFOUND), tried for 30 s'),
    );
    expect(attempts).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 23_500, 30_000]);
  });

  it('counts the time that an attempt takes', async () => {
    expect(String(await contactFailing(Infinity, away, 16_000))).toMatch(/, tried for 33 s$/);
    expect(attempts).toEqual([0, 16_500]);
  });

  it.each([new BackupError('node qdrant-0: answered with status 401'), new TypeError('a fault of its own')])(
    'ends at once with %s',
    async (error) => {
      expect(await contactFailing(Infinity, error)).toBe(error);
      expect(attempts).toEqual([0]);
      expect(log.warn).not.toHaveBeenCalled();
    },
  );
});
