import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { leaveSignalsToOthers } from './early-stop.ts';
import { drain } from './http/drain.ts';
import { leftOpen, openResources } from './open-resources.ts';
import type { Services } from './services.ts';
import type { OpenLog } from './telemetry/logger.ts';

/** What is left to do when every connection is closed may take this long after the drain, and at least, in milliseconds. */
const closeMs = { afterDrain: 850, least: 250 };

/** For the log's last lines, when the end cannot wait for more, in milliseconds. */
const lastLinesMs = 100;

/** For sockets and the like that are closed, but not gone yet, in milliseconds. */
const settleMs = 100;

/**
 * Ends the process on SIGTERM or SIGINT: readiness turns 503, the listener closes, running requests have
 * `SHUTDOWN_DRAIN_SECS`, what still runs then gets 503, and the process exits with code 0 within a second after.
 *
 * A second signal ends it at once, with the code that shells give to what a signal ended: 128 and its number.
 *
 * @param opened the log, which is closed last.
 */
export function shutDownOnSignal(app: FastifyInstance, services: Services, opened: OpenLog): void {
  const { log } = services;
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'stopped at once by a second signal: what ran was cut');
      void end(opened, 128 + constants.signals[signal]);
      return;
    }
    stopping = true;
    void shutDown(app, services, opened, signal);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  leaveSignalsToOthers();
}

async function shutDown(
  app: FastifyInstance,
  { config, lifecycle, log }: Services,
  opened: OpenLog,
  signal: NodeJS.Signals,
): Promise<void> {
  const drainMs = config.SHUTDOWN_DRAIN_SECS * 1000;
  const begin = performance.now();
  lifecycle.draining();
  log.info({ signal, drain_seconds: config.SHUTDOWN_DRAIN_SECS }, 'stopping: requests that run may end');
  await drain(app, lifecycle, drainMs);

  const left = begin + drainMs + closeMs.afterDrain - performance.now();
  let stopped = false;
  const last = setTimeout(
    () => {
      if (!stopped) log.warn({ open_resources: openResources() }, 'stopped before everything was closed');
      void end(opened, 0);
    },
    Math.max(closeMs.least, Math.min(closeMs.afterDrain, left)),
  );
  await app.close();
  // No longer one of the resources, but in force while the log is closed.
  last.unref();
  log.info({ open_resources: await leftOpen(settleMs) }, 'stopped');
  stopped = true;
  await opened.close();
  process.exit(0);
}

async function end(opened: OpenLog, code: number): Promise<void> {
  await Promise.race([opened.close(), delay(lastLinesMs)]);
  process.exit(code);
}
