import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { hasEnded, stateOf } from '../../commands/running.js';
import { freePort, until } from '../processes.ts';

/** How a {@link RedisStandin} is started. */
export interface RedisStandinOptions {
  /** Asked for when given. */
  readonly password?: string;
}

/** A real redis-server of a test's own: port, folder and faults are used by nothing else. */
export class RedisStandin {
  readonly port: number;
  /** `REDIS_URL`. */
  readonly url: string;
  readonly #password: string | undefined;
  #folder = newFolder();
  #process: ChildProcess | undefined;

  private constructor(port: number, password: string | undefined) {
    this.port = port;
    this.#password = password;
    this.url = `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`;
  }

  /** A server that answers. The caller stops it. */
  static async start(options?: RedisStandinOptions): Promise<RedisStandin> {
    const standin = await RedisStandin.away(options);
    await standin.restart();
    return standin;
  }

  /** A server that is not there until `restart`. */
  static async away({ password }: RedisStandinOptions = {}): Promise<RedisStandin> {
    return new RedisStandin(await freePort(), password);
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Stops it in its tracks (SIGSTOP): connections stay open, and new ones are accepted by the kernel alone. */
  async freeze(): Promise<void> {
    this.#process?.kill('SIGSTOP');
    await until('redis-server is frozen', () => this.frozen);
  }

  get frozen(): boolean {
    return stateOf(this.pid).startsWith('T');
  }

  /** Lets it go on after `freeze`. */
  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it at once (SIGKILL), as a crash of its machine does. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await exit;
  }

  /** Ends it where it runs, and starts it on the same port, with what it held or empty. Faults are undone. */
  async restart({ empty = false } = {}): Promise<void> {
    await this.kill();
    if (empty) {
      rmSync(this.#folder, { recursive: true });
      this.#folder = newFolder();
    }
    const settings = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: this.#folder,
      appendonly: 'yes',
      save: '',
      ...(this.#password === undefined ? {} : { requirepass: this.#password }),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(inject('redisServer'), args, { stdio: 'ignore' });
    this.#process = child;
    await until('redis-server answers', async () => {
      if (hasEnded(this.pid)) throw new Error(`redis-server ended at its start: ${args.join(' ')}`);
      return this.command('PING').then(
        (reply) => reply === 'PONG',
        () => false,
      );
    });
  }

  /** Takes no more data: each write is refused with OOM. */
  async fill(): Promise<void> {
    await this.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await this.command('CONFIG', 'SET', 'maxmemory', '1');
  }

  /** Makes it a replica, as a failover does with the old primary: each write is refused with READONLY. */
  async readonly(): Promise<void> {
    await this.command('REPLICAOF', '127.0.0.1', String(await freePort()));
  }

  /** Sends one command over a connection of its own. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const redis = new Redis(this.url, { lazyConnect: true, retryStrategy: null, connectTimeout: 5_000 });
    redis.on('error', () => undefined); // The command fails with it too.
    try {
      return await redis.call(name, ...args);
    } finally {
      redis.disconnect();
    }
  }

  /** Ends it, and removes what it wrote. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ballast-redis-'));
}
