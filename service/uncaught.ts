import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from './services.ts';
import type { OpenLog } from './telemetry/logger.ts';

/** How long what tells of the error may take to leave the process, in milliseconds. */
const flushMs = 1_000;

/**
 * Ends the process with code 1 at an error that nobody caught, or a rejection that nobody handled: what the process
 * holds is not to be trusted any more. Before that the error is logged, recorded as an incident and reported, and
 * telemetry is sent. A second such error ends the process at once.
 *
 * @param servicesMade gives the services once there are any.
 */
export function endWhenUncaught(opened: OpenLog, servicesMade: () => Services | undefined): void {
  const { log } = opened;
  let ending = false;
  process.on('uncaughtException', (thrown: unknown) => {
    const err = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (ending) {
      log.fatal({ err }, 'another error that nobody caught: the process ends at once');
      process.exit(1);
    }
    ending = true;
    const services = servicesMade();
    if (services) services.incidents.record(err, { kind: 'uncaught', route: 'process' }, log);
    else log.fatal({ err }, 'nobody caught this error: the process ends');
    void Promise.race([flush(services, opened), delay(flushMs)]).finally(() => process.exit(1));
  });
}

async function flush(services: Services | undefined, opened: OpenLog): Promise<void> {
  await Promise.all([services?.incidents.close(), services?.tracing.close()]);
  await opened.close();
}
