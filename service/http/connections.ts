import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A connection: the requests on it that are not answered yet, oldest first. */
interface Connection {
  readonly running: Set<IncomingMessage>;
  /** When it began to wait for a request, as `performance.now()` counts. */
  idleSince: number;
  /** Bytes that had come by then: one more, and a request is on its way. */
  idleBytes: number;
}

/** The connections of a server. Node's own list does not tell how long one has been idle, nor whether it was ever used. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#open.set(socket, { running: new Set(), idleSince: performance.now(), idleBytes: socket.bytesRead });
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      const connection = this.#open.get(socket);
      if (!connection) return;
      connection.running.add(request);
      response.once('close', () => {
        connection.running.delete(request);
        connection.idleSince = performance.now();
        connection.idleBytes = socket.bytesRead;
      });
    });
  }

  /** Whether a client has sent no further request on the same connection, so that the connection may close after it. */
  isLast(request: IncomingMessage): boolean {
    const running = this.#open.get(request.socket)?.running;
    return running === undefined || [...running].at(-1) === request;
  }

  /** Whether a request came whole on a connection, and is not answered yet. */
  isAnswering(socket: Socket): boolean {
    return [...(this.#open.get(socket)?.running ?? [])].some(({ complete }) => complete);
  }

  /** Closes the connections on which nothing has come, and nothing was asked for, for some milliseconds. */
  closeIdle(milliseconds: number): void {
    const before = performance.now() - milliseconds;
    for (const [socket, { running, idleSince, idleBytes }] of this.#open) {
      if (running.size === 0 && idleSince <= before && socket.bytesRead === idleBytes) socket.destroy();
    }
  }

  /** Ends the requests whose body is not whole yet: whoever reads it gets the error in place of the rest. */
  failBodies(error: () => Error): void {
    for (const { running } of this.#open.values()) {
      for (const request of running) {
        if (!request.complete && request.listenerCount('error') > 0) request.emit('error', error());
      }
    }
  }
}
