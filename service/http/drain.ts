import { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { DrainingError, type Lifecycle } from '../resilience/lifecycle.ts';

/** For connections that wait in the kernel's backlog when the drain begins, at most, in milliseconds. */
const acceptMs = 500;

/** An idle connection stays open for this long, since its client's next request may be on its way, in milliseconds. */
const idleMs = 1_000;

/** The same after the drain, when what comes is refused, in milliseconds. */
const lastIdleMs = 100;

/** Between looks for connections that are idle, in milliseconds. */
const sweepMs = 50;

/** After the drain: time for the last answers to leave before what is open is cut, in milliseconds. */
const farewellMs = 600;

/**
 * Stops listening and lets running requests end. Resolves when every connection is closed, at the latest 0.6 s after the
 * drain, as long as the event loop runs.
 *
 * What comes on open connections is answered as usual. What still runs after `drainMs` is answered with a
 * {@link DrainingError}, also when its body is not whole by then. What the app itself does meanwhile is in `draining.ts`.
 */
export async function drain(
  { server, connections }: FastifyInstance,
  lifecycle: Lifecycle,
  drainMs: number,
): Promise<void> {
  const begin = performance.now();
  await acceptWaiting(server);
  // http.Server.close() would close idle connections at once, under the requests that are on their way.
  const closed = new Promise<void>((resolve) => Server.prototype.close.call(server, () => resolve()));
  const graceMs = Math.min(idleMs, drainMs);
  const sweep = setInterval(() => {
    if (performance.now() < begin + graceMs) return;
    // What has arrived while this process was busy is read before setImmediate's turn.
    setImmediate(() => connections.closeIdle(lifecycle.isOver ? lastIdleMs : graceMs));
  }, sweepMs);
  const over = () => {
    lifecycle.abortRunning();
    connections.failBodies(() => new DrainingError());
    // Counted from here: a process that is late with this is as late with the answers.
    timer = setTimeout(() => server.closeAllConnections(), farewellMs);
  };
  let timer = setTimeout(over, begin + drainMs - performance.now());
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}

/** Accepts what waits to be: one connection a turn of the event loop (libuv 1.45 and later), until a turn brings none. */
async function acceptWaiting(server: Server): Promise<void> {
  const end = performance.now() + acceptMs;
  let accepted = 0;
  const count = () => (accepted += 1);
  server.on('connection', count);
  await turn();
  for (let before = -1; before < accepted && performance.now() < end;) {
    before = accepted;
    await turn();
  }
  server.off('connection', count);
}
