import { Redis } from 'ioredis';
import { SharedStoreAwayError, type SharedStore } from '../../service/redis/shared-store.ts';

/** Long enough for a busy machine: these tests are about what is counted, not about time. */
const deadlineMs = 5_000;

/** A connection to Redis with nothing around it. Also for child processes. */
export class PlainStore implements SharedStore {
  /** For looking behind the store. */
  readonly redis: Redis;

  constructor(port: number) {
    this.redis = new Redis({
      port,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 50,
    });
    this.redis.on('error', () => undefined);
  }

  get available(): boolean {
    return this.redis.status === 'ready';
  }

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.available) throw new SharedStoreAwayError('not connected');
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new SharedStoreAwayError('too late')), deadlineMs);
    try {
      return await Promise.race([command(this.redis), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until it is connected. */
  async ready(): Promise<this> {
    if (!this.available) await new Promise((resolve) => this.redis.once('ready', () => resolve(undefined)));
    return this;
  }

  close(): void {
    this.redis.disconnect();
  }
}
