import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { leaveSignalsToOthers } from './early-stop.ts';
import type { Services } from './services.ts';

/** After the drain: time for the last answers to leave, and for connections to close, in milliseconds. */
const farewellMs = 400;

/** A connection that has carried no request by then, such as a browser's spare one, is closed when the drain begins. */
const unusedMs = 200;

/**
 * Ends the process on SIGTERM or SIGINT: readiness turns 503, the listener closes, running requests have
 * `SHUTDOWN_DRAIN_SECS`, what still runs then gets 503, and the process exits within a second after.
 */
export function shutDownOnSignal(app: FastifyInstance, { config, lifecycle, log }: Services): void {
  const unused = trackUnused(app);
  const stop = async (signal: NodeJS.Signals) => {
    if (lifecycle.state === 'draining') return;
    lifecycle.draining();
    log.info({ signal, drain_seconds: config.SHUTDOWN_DRAIN_SECS }, 'stopping: requests that run may end');
    const drainMs = config.SHUTDOWN_DRAIN_SECS * 1000;
    const timers = [
      setTimeout(() => unused.forEach((socket) => socket.destroy()), Math.min(unusedMs, drainMs)),
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
  leaveSignalsToOthers();
}

/** The connections on which no request has begun. Node closes idle connections by itself, but not these. */
function trackUnused(app: FastifyInstance): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}
