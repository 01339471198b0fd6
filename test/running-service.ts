import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { jwtSecret, signToken } from '../service/testing.ts';
import { stateOf } from '../commands/running.js';
import { cleanEnvironment, freePort, root, statusOf, until } from './processes.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How a request is sent. */
export interface PostOptions {
  /** In small letters; beside those that it has, or in their place. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal;
}

/** The objects of a text with one in each line. The last line counts once it is whole. */
export function jsonLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The real service in a process of its own, as a container starts it. It ends with the test at the latest. */
export class RunningService {
  readonly port: number;
  readonly token: string;
  readonly process: ChildProcess;
  readonly exit: Promise<Exit>;
  #stdout = '';
  #stderr = '';

  private constructor(port: number, token: string, child: ChildProcess) {
    this.port = port;
    this.token = token;
    this.process = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.exit = Promise.all([
      once(child, 'exit').then((exit) => ({ code: exit[0] as number | null, at: Date.now() })),
      once(child, 'close'),
    ]).then(([exit]) => exit);
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.exit;
    });
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param preload JavaScript that is run in the process before the service: what a test cannot do from outside.
   */
  static async start(env: Readonly<Record<string, string>>, preload = ''): Promise<RunningService> {
    const service = await RunningService.begin(env, preload);
    await until(
      'the service is ready',
      async () => {
        const { exitCode, signalCode } = service.process;
        if (exitCode !== null || signalCode !== null) {
          throw new Error(`the service ended: ${service.#stdout}${service.#stderr}`);
        }
        return (await statusOf(`${service.url}/health/ready`)) === 200;
      },
      50_000,
    );
    return service;
  }

  /** Starts it, and does not wait. */
  static async begin(env: Readonly<Record<string, string>>, preload = ''): Promise<RunningService> {
    const port = await freePort();
    const hook = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
    const child = spawn(process.execPath, ['--no-warnings', ...hook, join(root, 'service', 'server.ts')], {
      env: cleanEnvironment({
        PORT: String(port),
        JWT_SECRET: jwtSecret,
        RATE_LIMIT_PER_MINUTE: '1000000',
        ...env,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RunningService(port, await signToken(), child);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The log so far; once the process has ended, all of it. */
  get log(): Record<string, unknown>[] {
    return jsonLines(this.#stdout);
  }

  /** What it wrote to standard error so far. */
  get errors(): string {
    return this.#stderr;
  }

  /** The line of the log with a message, once there is one. */
  async logged(message: string): Promise<Record<string, unknown>> {
    await until(`the log says “${message}”`, () => this.log.some(({ msg }) => msg === message));
    return this.log.find(({ msg }) => msg === message) ?? {};
  }

  /** Tells it to stop, and waits until it does. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.process.kill(signal);
    await this.logged('stopping: requests that run may end');
  }

  /** Stops it in its tracks, so that what is sent meanwhile and a signal are there at once when it goes on. */
  async frozen<T>(meanwhile: () => T | Promise<T>): Promise<T> {
    this.process.kill('SIGSTOP');
    await until('it is stopped', () => stateOf(this.process.pid ?? 0) === 'T');
    const result = await meanwhile();
    this.process.kill('SIGCONT');
    return result;
  }

  /** Sends JSON with a token of all scopes. */
  post(path: string, body: unknown, { headers, signal }: PostOptions = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  /** Asks a model. */
  predict(input: string, more: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<Response> {
    return this.post('/v1/predict', { input, ...more }, signal && { signal });
  }

  /** A request for {@link Connection.send}. */
  predictRequest(input: string): string {
    const body = JSON.stringify({ input });
    return `${this.predictHead(Buffer.byteLength(body))}${body}`;
  }

  /** The same up to its body, of which the length is said. */
  predictHead(length: number, ...headers: string[]): string {
    const lines = ['POST /v1/predict HTTP/1.1', 'Host: ballast', `Authorization: Bearer ${this.token}`];
    return [...lines, 'Content-Type: application/json', `Content-Length: ${length}`, ...headers, '', ''].join('\r\n');
  }

  /** A connection that nothing was sent on. */
  async connect(): Promise<Connection> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }
}

/** A connection as bytes, so that a test says what is sent when. */
export class Connection {
  readonly #socket: Socket;
  #received = '';
  #ended = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.#received += text));
    socket.on('end', () => (this.#ended ||= 'ended'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#ended ||= String(error.code)));
    onTestFinished(() => void socket.destroy());
  }

  send(data: string | Buffer): void {
    this.#socket.write(data);
  }

  /** What came so far. */
  get received(): string {
    return this.#received;
  }

  /** Status codes of the answers so far. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  }

  /** Waits for as many answers in all. */
  async answers(count: number): Promise<number[]> {
    await until(`there are ${count} answers`, () => this.statuses.length >= count);
    return this.statuses;
  }

  /** How the service closed it: `ended`, or the error's code. Waits until it has. */
  async closed(): Promise<string> {
    await until('the connection is closed', () => this.#ended !== '');
    return this.#ended;
  }
}
