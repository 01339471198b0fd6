import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ended } from '../processes.ts';
import type { Calls } from './packet-agent.ts';

/** What the agent of a network answers. */
interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A network of its own with an agent in it. Both end with {@link end}, or with this process. */
export class Network {
  readonly #agent: ChildProcess;
  #calls = 0;

  private constructor(agent: ChildProcess) {
    this.#agent = agent;
  }

  /** Makes it, with nothing but a loopback interface. @throws when it cannot be made: it needs root. */
  static async make(): Promise<Network> {
    const agent = ['--net', process.execPath, '--no-warnings', join(import.meta.dirname, 'packet-agent.ts')];
    const network = new Network(spawn('unshare', agent, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    const ended = once(network.#agent, 'exit').then(() => {
      throw new Error('A network of its own cannot be made, which needs root: what unshare says is above.');
    });
    await Promise.race([once(network.#agent, 'message'), ended]);
    await network.run(['ip', 'link', 'set', 'lo', 'up']);
    return network;
  }

  /** As the kernel knows it. */
  get pid(): string {
    return String(this.#agent.pid);
  }

  /** Tells the agent something. @throws when it could not do it. */
  async tell<K extends keyof Calls>(call: K, ...args: Parameters<Calls[K]>): Promise<Awaited<ReturnType<Calls[K]>>> {
    const id = ++this.#calls;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const hear = (reply: Reply) => {
      if (reply.id === id) resolve(reply);
    };
    this.#agent.on('message', hear);
    this.#agent.send({ id, call, args });
    const { result, error } = await promise;
    this.#agent.off('message', hear);
    if (error !== undefined) throw new Error(`${call} ${args.join(' ')}: ${error}`);
    return result as Awaited<ReturnType<Calls[K]>>;
  }

  /** Runs a program in it. @throws when it fails. */
  async run(command: readonly string[], input = ''): Promise<string> {
    const child = spawn('nsenter', ['--target', this.pid, '--net', '--', ...command]);
    // A program that reads nothing ends before it is told that there is nothing.
    child.stdin.on('error', () => undefined).end(input);
    const { code, stdout, stderr } = await ended(child);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}\n${input}`);
    return stdout;
  }

  /** Ends the agent, and with it the network and its links. */
  async end(): Promise<void> {
    this.#agent.disconnect();
    await once(this.#agent, 'exit');
  }
}

/** The node's address on the links of its pods. */
export const gateway = '198.18.4.1';

/**
 * Connects a network with a node as the CNI plugin ptp connects a pod: by a link, over which the node routes.
 *
 * @param link Name of the node's end.
 */
export async function connectTo(node: Network, network: Network, link: string, addresses: readonly string[]) {
  await node.run(['ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', network.pid]);
  await node.run(['ip', 'address', 'add', `${gateway}/32`, 'dev', link]);
  await node.run(['ip', 'link', 'set', link, 'up']);
  for (const address of addresses) {
    await network.run(['ip', 'address', 'add', `${address}/32`, 'dev', 'eth0']);
    await node.run(['ip', 'route', 'add', address, 'dev', link]);
  }
  await network.run(['ip', 'link', 'set', 'eth0', 'up']);
  await network.run(['ip', 'route', 'add', gateway, 'dev', 'eth0', 'scope', 'link']);
  await network.run(['ip', 'route', 'add', 'default', 'via', gateway]);
}
