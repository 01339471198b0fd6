import { onTestFinished } from 'vitest';
import type { QueryResponse } from '../../service/contract/schemas.ts';
import { jwtSecret, signToken } from '../../service/testing.ts';
import { docker, type DockerAddress } from '../../tools/docker.ts';
import { freePort, statusOf, until } from '../processes.ts';

/** What `docker inspect` says of a container's process. */
export interface ContainerState {
  readonly Running: boolean;
  /** Of the host; 0 when it has ended. */
  readonly Pid: number;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Health: { readonly Status: string };
}

/** The service in a container, as strict as the stacks run it: read-only root, no capability. It ends with the test. */
export class Container {
  readonly #docker: DockerAddress;
  readonly #id: string;
  readonly port: number;
  readonly url: string;

  private constructor(address: DockerAddress, id: string, port: number) {
    this.#docker = address;
    this.#id = id;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts one and waits until it is ready. Options are those of `docker run`. */
  static async start(
    address: DockerAddress,
    image: string,
    options: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Container> {
    const port = await freePort();
    const variables = { PORT: String(port), JWT_SECRET: jwtSecret, ...env };
    const id = await docker(
      address,
      ...['run', '--detach', '--network', 'host', '--read-only', '--cap-drop', 'ALL'],
      // The interval is 30 s, and Docker waits for one before the first check.
      ...['--security-opt', 'no-new-privileges', '--health-interval', '1s'],
      ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...options,
      image,
    );
    const container = new Container(address, id, port);
    onTestFinished(async () => {
      await docker(address, 'rm', '--force', '--volumes', id);
    });
    await container.untilReady();
    return container;
  }

  async untilReady(): Promise<void> {
    await until('the container is ready', async () => {
      if (!(await this.state()).Running) throw new Error(`the container ended: ${await this.log()}`);
      return (await statusOf(`${this.url}/health/ready`)) === 200;
    });
  }

  async state(): Promise<ContainerState> {
    return JSON.parse(await docker(this.#docker, 'inspect', '--format', '{{json .State}}', this.#id)) as ContainerState;
  }

  /** One of Docker's commands that take a container as their last argument, such as `stop`. */
  async command(...args: readonly string[]): Promise<string> {
    return docker(this.#docker, ...args, this.#id);
  }

  /** Runs a script by the container's own Node, as its own user, and gives what it prints. */
  async node(script: string): Promise<string> {
    return docker(this.#docker, 'exec', this.#id, 'node', '--input-type=module', '--eval', script);
  }

  /** The log, one JSON object a line. */
  async log(): Promise<string> {
    return docker(this.#docker, 'logs', this.#id);
  }

  /** A request with a token of all scopes. */
  async request(path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { Authorization: `Bearer ${await signToken()}`, 'Content-Type': 'application/json' },
    });
  }

  /** Asks a question. @throws when it is not answered. */
  async ask(question: string): Promise<QueryResponse> {
    const response = await this.request('/query', { question });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as QueryResponse;
  }
}
