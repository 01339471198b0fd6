import fastifyPlugin from 'fastify-plugin';
import { DrainingError } from '../resilience/lifecycle.ts';
import type { Services } from '../services.ts';
import { Connections } from './connections.ts';

declare module 'fastify' {
  interface FastifyInstance {
    connections: Connections;
  }
}

/**
 * Installs `app.connections`, and what is different for requests that come while the service stops. Stopping itself is
 * done by `drain`.
 */
export const draining = fastifyPlugin<Services>(async (app, { lifecycle }) => {
  const connections = new Connections(app.server);
  app.decorate('connections', connections);

  // Not before the listener is closed: a client would come back by a new connection, which may then be reset.
  app.addHook('onSend', async (request, reply) => {
    if (lifecycle.state !== 'draining' || app.server.listening) return;
    if (connections.isLast(request.raw)) reply.header('Connection', 'close');
  });

  // The rest of a body is not waited for once running requests have been ended.
  app.addHook('preParsing', async (request) => {
    if (lifecycle.isOver && !request.raw.complete) throw new DrainingError();
  });
});
