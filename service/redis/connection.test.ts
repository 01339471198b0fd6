import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../test/processes.ts';
import { CircuitBreaker, Permit, type CircuitState } from '../resilience/circuit-breaker.ts';
import type { Logger } from '../telemetry/logger.ts';
import { commandDeadlineMs, RedisConnection } from './connection.ts';
import { SharedStoreAwayError } from './shared-store.ts';

/** Speaks enough of the Redis protocol to answer, to refuse and to be silent. */
class FakeRedis {
  readonly commands: string[][] = [];
  readonly sockets = new Set<Socket>();
  /** What it answers; `undefined` is silence. */
  answer: (command: string[]) => string | undefined = ([name]) => (name === 'ping' ? '+PONG' : '+OK');
  firstByte: number | undefined;
  #server: Server | undefined;
  #port = 0;

  async listen(): Promise<void> {
    // None that the kernel gives out: it could give it to another one while nobody listens.
    this.#port ||= await freePort();
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
      socket.on('data', (data) => {
        this.firstByte ??= data[0];
        for (const command of commandsIn(data.toString())) {
          this.commands.push(command);
          const answer = this.answer(command);
          if (answer !== undefined) socket.write(`${answer}\r\n`);
        }
      });
    }).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Where it listens, or did. */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server?.listening) return;
    for (const socket of this.sockets) socket.resetAndDestroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The commands in what a client sent: arrays of bulk strings without line breaks. */
function commandsIn(text: string): string[][] {
  return text
    .split(/^\*\d+\r\n/m)
    .slice(1)
    .map((command) => command.split('\r\n').filter((_, index) => index % 2 === 1));
}

let server: FakeRedis;
let connections: RedisConnection[];
let breaker: CircuitBreaker;
let states: CircuitState[];
const log = { info: vi.fn<Logger['info']>(), warn: vi.fn<Logger['warn']>() };

function connect(url = `redis://${server.host}`): RedisConnection {
  const connection = new RedisConnection({ url, breaker, log });
  connections.push(connection);
  return connection;
}

/** A second is not always enough for the sockets of a busy machine. */
const until = (holds: () => boolean | Promise<boolean>) => vi.waitUntil(holds, 10_000);

const ping = (connection: RedisConnection) => connection.run((redis) => redis.ping());

const answers = (connection: RedisConnection) =>
  connection.check().then(
    () => true,
    () => false,
  );

/** Why Redis is away, as the caller is told. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SharedStoreAwayError);
  return (error as Error).message;
}

beforeEach(async () => {
  server = new FakeRedis();
  await server.listen();
  connections = [];
  states = [];
  vi.clearAllMocks();
  const options = { name: 'redis', failureThreshold: 0.5, successThreshold: 2, timeoutMs: 30_000, halfOpenRequests: 3 };
  breaker = new CircuitBreaker({ ...options, enabled: true }, (state) => states.push(state));
});
afterEach(async () => {
  for (const connection of connections) connection.close();
  breaker.close();
  await server.stop();
});

describe('connecting', () => {
  it('is not done before the first use', async () => {
    const connection = connect();
    expect(connection.available).toBe(false);
    expect(server.sockets.size).toBe(0);
    await connection.check();
    expect(connection.available).toBe(true);
    expect(await ping(connection)).toBe('PONG');
  });

  it('is begun by the first command, which does not wait for it', async () => {
    const connection = connect();
    expect(await refusal(ping(connection))).toBe('Redis is away: not connected yet');
    await until(() => connection.available);
    expect(await ping(connection)).toBe('PONG');
  });

  it('uses name, password and database of the URL, percent signs decoded', async () => {
    await connect(`redis://ann%40acme:p%40ss%2Fword@${server.host}/3`).check();
    expect(server.commands.slice(0, 2)).toEqual([
      ['auth', 'ann@acme', 'p@ss/word'],
      ['select', '3'],
    ]);
  });

  it('takes a password alone, and one that holds a bare percent sign', async () => {
    await connect(`redis://:100%@${server.host}`).check();
    expect(server.commands[0]).toEqual(['auth', '100%']);
  });

  it('speaks TLS where the URL says rediss', async () => {
    const connection = connect(`rediss://${server.host}`);
    connection.check().catch(() => undefined);
    const handshake = 0x16; // RFC 8446, 5.1
    await until(() => server.firstByte !== undefined);
    expect(server.firstByte).toBe(handshake);
  });

  it('goes on by itself until Redis is there', async () => {
    await server.stop();
    const connection = connect();
    expect(await refusal(connection.check())).toBe('Redis is away: ECONNREFUSED');
    await server.listen();
    await until(() => connection.available);
    expect(await ping(connection)).toBe('PONG');
  });
});

describe('an outage', () => {
  it('is over once Redis is back, without waiting for the breaker', async () => {
    const connection = connect();
    await connection.check();
    await server.stop();
    await until(() => !connection.available);
    while (breaker.state !== 'open') expect(await refusal(ping(connection))).toMatch(/^Redis is away: /);
    await server.listen();
    await until(() => breaker.state === 'half_open');
    await ping(connection);
    await ping(connection);
    expect(states).toEqual(['open', 'half_open', 'closed']);
  });

  it('is logged once, and so is its end', async () => {
    const connection = connect();
    await connection.check();
    await server.stop();
    await until(() => !connection.available);
    for (let i = 0; i < 3; i += 1) await refusal(connection.check());
    await until(() => log.warn.mock.calls.length > 0);
    await server.listen();
    await until(() => log.info.mock.calls.length > 0);
    await connection.check();
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.info.mock.calls).toEqual([['Redis answers again']]);
    await server.stop();
    await until(() => log.warn.mock.calls.length > 1);
  });

  it('costs nothing once the breaker is open: no command is even made', async () => {
    const connection = connect();
    await connection.check();
    server.answer = () => undefined;
    expect(await refusal(ping(connection))).toBe('Redis is away: no answer within 0.1 s');
    await Promise.all(Array.from({ length: 9 }, () => refusal(ping(connection))));
    expect(breaker.state).toBe('open');
    expect(connection.available).toBe(false);
    const command = vi.fn();
    expect(await refusal(connection.run(command))).toMatch(/left alone/);
    expect(command).not.toHaveBeenCalled();
  });

  it('of a server that is silent makes the connection anew, so that no late answer is taken for another', async () => {
    const connection = connect();
    await connection.check();
    const [first] = server.sockets;
    server.answer = () => undefined;
    await refusal(connection.run((redis) => redis.get('a')));
    await once(first as Socket, 'close');
    server.answer = ([name]) => (name === 'ping' ? '+PONG' : '$1\r\nb');
    await until(() => answers(connection));
    expect(await connection.run((redis) => redis.get('b'))).toBe('b');
  });

  it('ends what was under way at once, and does not send it again', async () => {
    const connection = connect();
    await connection.check();
    server.answer = ([name]) => {
      if (name === 'ping') return '+PONG';
      for (const socket of server.sockets) socket.destroy();
      return undefined;
    };
    expect(await refusal(connection.run((redis) => redis.incr('a')))).toBe('Redis is away: the connection was lost');
    await until(() => answers(connection));
    expect(server.commands.filter(([name]) => name === 'incr')).toHaveLength(1);
  });

  it('does not mix up answers where one comes after its deadline', async () => {
    const connection = connect();
    await connection.check();
    const [socket] = server.sockets;
    server.answer = () => undefined;
    await refusal(connection.run((redis) => redis.get('a')));
    server.answer = ([, key]) => `$1\r\n${key}`;
    socket?.write('$1\r\na\r\n');
    expect(await connection.run((redis) => redis.get('b'))).toBe('b');
  });
});

describe('what Redis refuses', () => {
  it.each(['OOM command not allowed', 'MISCONF unable to persist', 'WRONGTYPE Operation against a key'])(
    'because of the command is no outage: %s',
    async (message) => {
      const connection = connect();
      await connection.check();
      server.answer = ([name]) => (name === 'ping' ? '+PONG' : `-${message}`);
      for (let i = 0; i < 20; i += 1) {
        expect(await refusal(connection.run((redis) => redis.set('a', 'b')))).toBe(
          `Redis is away: ${message.split(' ')[0]}`,
        );
      }
      expect(states).toEqual([]);
      expect(log.warn).not.toHaveBeenCalled();
    },
  );

  it.each(['LOADING Redis is loading', 'NOAUTH Authentication required', 'MASTERDOWN Link with MASTER is down'])(
    'as a whole opens the breaker: %s',
    async (message) => {
      const connection = connect();
      await connection.check();
      server.answer = () => `-${message}`;
      for (let i = 0; i < 5; i += 1) await refusal(ping(connection));
      expect(states).toEqual(['open']);
      expect(await refusal(connection.check())).toBe(`Redis is away: ${message.split(' ')[0]}`);
      expect(states).toEqual(['open']);
    },
  );

  it.each(['READONLY You can’t write against a read only replica', 'ERR script: -READONLY You can’t write'])(
    'because it is a replica now makes the connection anew: %s',
    async (message) => {
      const connection = connect();
      await connection.check();
      const [first] = server.sockets;
      server.answer = ([name]) => (name === 'ping' ? '+PONG' : `-${message}`);
      await refusal(connection.run((redis) => redis.set('a', 'b')));
      await once(first as Socket, 'close');
      await until(() => answers(connection));
      expect(server.commands.filter(([name]) => name === 'set')).toHaveLength(1);
    },
  );

  it('because it is a replica now is a failure of Redis', async () => {
    const connection = connect();
    await connection.check();
    const failure = vi.spyOn(Permit.prototype, 'failure');
    server.answer = ([name]) => (name === 'ping' ? '+PONG' : '-READONLY You can’t write against a read only replica');
    await refusal(connection.run((redis) => redis.set('a', 'b')));
    expect(failure).toHaveBeenCalledTimes(1);
    failure.mockRestore();
  });

  it('because it is a replica now leaves the breaker open until the next background check', async () => {
    const connection = connect();
    await connection.check();
    server.answer = ([name]) => (name === 'ping' ? '+PONG' : '-READONLY');
    while (breaker.state !== 'open') await refusal(connection.run((redis) => redis.set('a', 'b')));
    server.commands.length = 0;
    await until(() => answers(connection));
    expect(server.commands).toEqual([['ping']]);
    expect(breaker.state).toBe('half_open');
  });

  it('does not appear in any message beyond its code, since it may quote what was sent', async () => {
    server.answer = ([name, ...values]) => `-ERR unknown command '${name}', with args beginning with: ${values.join()}`;
    const connection = connect(`redis://ann:planted-password@${server.host}`);
    const messages = [await refusal(connection.check()), await refusal(ping(connection))];
    await until(() => log.warn.mock.calls.length > 0);
    expect(messages).toEqual(['Redis is away: ERR', 'Redis is away: ERR']);
    expect(JSON.stringify(log.warn.mock.calls)).not.toContain('planted');
  });
});

it('lets a fault of the command’s own code through, and does not hold it against Redis', async () => {
  const connection = connect();
  await connection.check();
  for (let i = 0; i < 10; i += 1) {
    await expect(connection.run(() => Promise.reject(new TypeError('broken')))).rejects.toThrow(TypeError);
  }
  expect(states).toEqual([]);
});

it('does not hold it against Redis that this process was busy when the answer came', async () => {
  const connection = connect();
  await connection.check();
  server.answer = () => {
    // After the answer was written, and before it is read.
    queueMicrotask(() => {
      const end = performance.now() + 1.5 * commandDeadlineMs;
      while (performance.now() < end);
    });
    return '$1\r\nb';
  };
  expect(await connection.run((redis) => redis.get('a'))).toBe('b');
});

describe('closing', () => {
  it('ends the connection and what waits for it, and connects no more', async () => {
    const connection = connect();
    await connection.check();
    server.answer = () => undefined;
    const waiting = refusal(ping(connection));
    connection.close();
    expect(await waiting).toBe('Redis is away: the connection was lost');
    await until(() => server.sockets.size === 0);
    await refusal(ping(connection));
    await refusal(connection.check());
    expect(connection.available).toBe(false);
    expect(log.warn).not.toHaveBeenCalled();
  });
});
