import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

/** After the drain: time for the last answers to leave, and for connections to close, in milliseconds. */
const farewellMs = 400;

/**
 * Ends the process on SIGTERM or SIGINT: readiness turns 503, the listener closes, running requests have
 * `SHUTDOWN_DRAIN_SECS`, what still runs then gets 503, and the process exits within a second after.
 */
export function shutDownOnSignal(app: FastifyInstance, { config, lifecycle, log }: Services): void {
  const stop = async (signal: NodeJS.Signals) => {
    if (lifecycle.state === 'draining') return;
    lifecycle.draining();
    log.info({ signal, drain_seconds: config.SHUTDOWN_DRAIN_SECS }, 'stopping: requests that run may end');
    const drainMs = config.SHUTDOWN_DRAIN_SECS * 1000;
    const timers = [
      setTimeout(() => lifecycle.abortRunning(), drainMs),
      setTimeout(() => app.server.closeAllConnections(), drainMs + farewellMs),
      setTimeout(
        () => {
          log.warn('stopped before every connection was closed');
          process.exit(0);
        },
        drainMs + 2 * farewellMs,
      ),
    ];
    await app.close();
    timers.forEach(clearTimeout);
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}
