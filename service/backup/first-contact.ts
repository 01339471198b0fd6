import { backoffMs, sleep } from '../resilience/backoff.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BackupError, UnreachableError } from './backup-error.ts';

/** For how long something that cannot be reached is asked again, in milliseconds. */
const patienceMs = 30_000;

/** Asks something for the first time. */
export type FirstContact = <T>(ask: () => Promise<T>) => Promise<T>;

/**
 * A first contact with patience: in the first seconds of a pod's life its names and the rules of its network may not be
 * there yet. What cannot be reached is asked again after pauses that grow, for 30 s; any answer ends that.
 *
 * The contact throws what the last attempt threw, with the time that it tried.
 */
export function patientContact(log: Pick<Logger, 'warn'>): FirstContact {
  return async (ask) => {
    const begin = performance.now();
    for (let retry = 1; ; retry += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        const triedMs = performance.now() - begin;
        if (triedMs >= patienceMs) {
          throw new BackupError(`${error.message}, tried for ${Math.round(triedMs / 1000)} s`, { cause: error });
        }
        const pauseMs = Math.min(backoffMs(retry), patienceMs - triedMs);
        log.warn({ reason: error.message, pauseMs: Math.round(pauseMs) }, 'not reached yet: asking again');
        await sleep(pauseMs);
      }
    }
  };
}
