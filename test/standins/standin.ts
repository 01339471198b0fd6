import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { deliver, send, type StandinAnswer } from './answer.ts';
import { FaultPlan, isGeneral, type AnyFault, type Fault, type FaultOptions } from './faults.ts';

/** A request as a stand-in is given it. */
export interface StandinRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** As it was sent: the path with its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON; `undefined` when there is none, or it is not JSON. */
  readonly body: unknown;
  /** The same as it was sent. */
  readonly raw: Buffer;
  /** Aborts when the client leaves before it has the whole answer. */
  readonly signal: AbortSignal;
}

/** What makes a stand-in of a kind of server. */
export interface StandinOptions<F extends AnyFault> {
  /** Sent in the header `x-standin`, so that nobody takes it for the real one. */
  readonly name: string;
  /** The address that it listens on; by default the loopback one. */
  readonly host?: string;
  /**
   * One of the kernel's choice when absent. Give one where the stand-in is to `refuse`: the kernel may have given its own
   * to somebody else by the time that it is to listen again.
   */
  readonly port?: number;
  /** Where faults are set even while nothing listens on `port`; any free one when absent. */
  readonly controlPort?: number;
  /** What faults with `only` are compared with; the path when absent. */
  readonly targetOf?: (request: StandinRequest) => string;
  /** Answers. Is given the fault when it is one of the kind's own. */
  readonly answer: (request: StandinRequest, fault: F | undefined) => StandinAnswer | Promise<StandinAnswer>;
}

/** A connection that ended before the client had the whole answer. */
export interface Abort {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: 'client' | 'fault';
}

/** A running stand-in. Its own process is commanded by `POST /_standin/fault` with `{fault, requests?, only?}`. */
export interface Standin<F extends AnyFault> {
  /** Origin, such as `http://127.0.0.1:20001`. */
  readonly url: string;
  /** Takes the same commands as `url`, also while that refuses. */
  readonly controlUrl: string;
  /** Requests so far, without commands. */
  readonly requests: number;
  /** Of those, how many were to one path; those that met a fault too. */
  readonly requestsTo: (path: string) => number;
  /** The last 1,000. */
  readonly aborts: readonly Abort[];
  /** Accepted so far. */
  readonly connections: number;
  readonly openSockets: number;
  /** Sets the fault of all requests, or of those that the options say. */
  readonly setFault: (fault: F | Fault, options?: FaultOptions) => Promise<void>;
  /** Adds a fault for when those before have met their requests. */
  readonly addFault: (fault: F | Fault, options?: FaultOptions) => Promise<void>;
  readonly clearFaults: () => Promise<void>;
  /** Stops, and closes every socket. */
  readonly close: () => Promise<void>;
}

const mostAborts = 1000;

/** Starts a server that can be told to fail in every way that {@link Fault} lists. */
export async function startStandin<F extends AnyFault = Fault>(options: StandinOptions<F>): Promise<Standin<F>> {
  const { name, host = '127.0.0.1', targetOf = ({ path }: StandinRequest) => path } = options;
  const plan = new FaultPlan<F>();
  const aborts: Abort[] = [];
  const sockets = new Set<Socket>();
  const perPath = new Map<string, number>();
  let requests = 0;
  let connections = 0;
  let slowed = 0;
  let changed = Promise.resolve();

  const main = createServer((incoming, response) => {
    const path = pathOf(incoming);
    const served = path.startsWith('/_standin/') ? command(incoming, response) : serve(path, incoming, response);
    served.catch(() => response.destroy());
  });
  const control = createServer((incoming, response) => {
    command(incoming, response).catch(() => response.destroy());
  });
  for (const server of [main, control]) {
    // Longer than any client keeps a connection: a stand-in has only the faults that it is told to have.
    server.keepAliveTimeout = 120_000;
    server.on('connection', (socket: Socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
  }
  const port = await listen(main, options.port ?? 0, host);
  const controlPort = await listen(control, options.controlPort ?? 0, host);

  async function serve(path: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1;
    perPath.set(path, (perPath.get(path) ?? 0) + 1);
    const gone = new AbortController();
    response.once('close', () => {
      if (response.writableFinished) return;
      aborts.push({ path, at: Date.now(), by: gone.signal.aborted ? 'fault' : 'client' });
      if (aborts.length > mostAborts) aborts.shift();
      gone.abort();
    });
    const { method = 'GET', url = '/', headers } = incoming;
    const { signal } = gone;
    const raw = await buffer(incoming);
    const request: StandinRequest = { method, path, url, headers, body: parse(raw.toString()), raw, signal };
    const fault = plan.next(targetOf(request));
    response.setHeader('x-standin', name);
    if (!isGeneral(fault)) {
      await send(response, await options.answer(request, fault));
      return;
    }
    await deliver(fault, {
      response,
      signal,
      answer: () => options.answer(request, undefined),
      slowed: fault.kind === 'slow' ? slowed++ : slowed,
      cut: (how) => {
        gone.abort();
        response.socket?.[how]();
      },
    });
  }

  async function command(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parse(await text(incoming));
    if (incoming.method === 'POST' && incoming.url === '/_standin/fault') {
      const { fault, ...how } = (body ?? {}) as { fault?: F | Fault } & FaultOptions;
      try {
        if (typeof fault?.kind !== 'string') throw new Error('`fault.kind` is missing');
        plan.set(fault, how);
      } catch (error) {
        await send(response, { status: 400, body: { error: (error as Error).message } });
        return;
      }
      // Where nothing is to listen from now on, the answer goes first.
      if (!plan.refuses) await apply();
      await send(response, { status: 200, body: { set: fault.kind } });
      if (!response.closed) await once(response, 'close');
      await apply();
    } else if (incoming.method === 'GET' && incoming.url === '/_standin/state') {
      await send(response, { status: 200, body: { name, requests, aborts, connections, openSockets: sockets.size } });
    } else {
      await send(response, { status: 404, body: { error: 'there are POST /_standin/fault and GET /_standin/state' } });
    }
  }

  /** Listens or does not, as the plan says, one change after the other. */
  function apply(): Promise<void> {
    changed = changed.then(async () => {
      if (plan.refuses && main.listening) await stop(main);
      if (!plan.refuses && !main.listening) await listen(main, port, host);
    });
    return changed;
  }

  return {
    url: `http://${host}:${port}`,
    controlUrl: `http://${host}:${controlPort}`,
    get requests() {
      return requests;
    },
    requestsTo: (path) => perPath.get(path) ?? 0,
    aborts,
    get connections() {
      return connections;
    },
    get openSockets() {
      return sockets.size;
    },
    setFault: (fault, how) => {
      plan.set(fault, how);
      return apply();
    },
    addFault: (fault, how) => {
      plan.add(fault, how);
      return apply();
    },
    clearFaults: () => {
      plan.clear();
      return apply();
    },
    close: async () => {
      await changed;
      await Promise.all([main, control].filter(({ listening }) => listening).map(stop));
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/\?.*/, '');
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
