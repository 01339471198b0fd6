import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';

// What test/cluster/packet-lab.ts runs in each network of a laboratory: it listens and connects there, as it is told by
// messages, and ends with who tells it.

/** How long a connection is waited for, and an answer, in milliseconds. A packet that passes takes less than one. */
const patienceMs = 1_000;

let heard = 0;
let conversation: Socket | undefined;

/** Talks without end, and counts the bytes that it hears. */
function talk(socket: Socket): void {
  const talking = setInterval(() => socket.write('.'), 20);
  socket.on('data', (data) => (heard += data.length));
  // A connection that was cut ends at some time; that it is still says enough.
  socket.on('error', () => undefined).on('close', () => clearInterval(talking));
}

const calls = {
  /** Accepts connections, and talks to each. */
  listen: (port: number) => new Promise<void>((resolve) => void createServer(talk).listen(port, '0.0.0.0', resolve)),

  /** Answers datagrams. */
  answer: (port: number) =>
    new Promise<void>((resolve) => {
      const socket = createSocket('udp4', (message, { port, address }) => {
        heard += message.length;
        socket.send(message, port, address);
      });
      socket.bind(port, resolve);
    }),

  /** Whether a connection comes about. @param from The address to connect from. */
  connects: (host: string, port: number, from?: string) =>
    new Promise<boolean>((resolve, reject) => {
      const socket = connect({ host, port, ...(from !== undefined && { localAddress: from }) });
      const settle = (connected: boolean) => {
        clearTimeout(impatience);
        socket.destroy();
        resolve(connected);
      };
      const impatience = setTimeout(() => settle(false), patienceMs);
      socket.once('connect', () => settle(true)).once('error', reject);
    }),

  /** What comes back when a datagram is sent; refused is what nobody listens for. */
  ask: (host: string, port: number) =>
    new Promise<'answer' | 'refusal' | 'nothing'>((resolve) => {
      const socket = createSocket('udp4');
      const settle = (outcome: 'answer' | 'refusal' | 'nothing') => {
        clearTimeout(impatience);
        socket.close();
        resolve(outcome);
      };
      const impatience = setTimeout(() => settle('nothing'), patienceMs);
      socket.once('message', () => settle('answer')).once('error', () => settle('refusal'));
      socket.connect(port, host, () => socket.send('?'));
    }),

  /** Connects, and talks until it is told to hang up. */
  converse: (host: string, port: number) =>
    new Promise<void>((resolve) => {
      conversation = connect(port, host, resolve);
      talk(conversation);
    }),

  hangUp: async () => void conversation?.destroy(),

  /** How many bytes were heard on all connections, and in datagrams. */
  heard: async () => heard,
};

/** What it can be told. */
export type Calls = typeof calls;

process.on('message', ({ id, call, args }: { id: number; call: keyof Calls; args: never[] }) => {
  const act = calls[call] as (...args: never[]) => Promise<unknown>;
  act(...args).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0 });
