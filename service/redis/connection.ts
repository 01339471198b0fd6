import { Redis } from 'ioredis';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import type { Logger } from '../telemetry/logger.ts';
import { redact } from '../telemetry/redaction.ts';
import { redisOptions } from './redis-options.ts';
import { SharedStoreAwayError, type SharedStore } from './shared-store.ts';

/**
 * Time for one `run`, in milliseconds. Redis only makes things quicker: while it hangs it may cost a request no more than
 * this, and once the breaker in front of it is open it costs nothing.
 */
export const commandDeadlineMs = 100;

/** Pause before the first attempt to connect again, and the longest one, in milliseconds. */
const backoffMs = { first: 50, longest: 1_000 };

/**
 * Replies with which the server as a whole is of no use now. Any other refusal, such as OOM for a write, says that it is
 * there.
 */
const uselessReply = /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|BUSY|NOAUTH|WRONGPASS)$/;

/** What ioredis says of commands that were under way when the connection ended, and of those just after. */
const lost = /^(Connection is closed|Stream isn't writeable|Reached the max retries|Command aborted)/;

/** What a {@link RedisConnection} is made of. */
export interface RedisConnectionParts {
  /** `REDIS_URL`, credentials included. They are in no message. */
  readonly url: string;
  /** Stands before every command. Whoever made it closes it. */
  readonly breaker: Pick<CircuitBreaker, 'state' | 'tryAcquire' | 'endWaitEarly'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Redis as an accelerator. Connects when first used; connects again by itself, and never fails who only waits for it. */
export class RedisConnection implements SharedStore {
  readonly #redis: Redis;
  readonly #breaker: RedisConnectionParts['breaker'];
  readonly #log: RedisConnectionParts['log'];
  #attempts = 0;
  /** Why it is away; `undefined` while it answers. */
  #reason: string | undefined;
  /** Whether a write was refused since the connection was made. */
  #readOnly = false;
  #closed = false;

  constructor({ url, breaker, log }: RedisConnectionParts) {
    this.#breaker = breaker;
    this.#log = log;
    this.#redis = new Redis({
      ...redisOptions(url),
      retryStrategy: () => {
        const pause = Math.min(backoffMs.longest, backoffMs.first * 2 ** this.#attempts++);
        return pause * (1 - Math.random() / 2); // So that replicas do not come back in step.
      },
      // After a failover this is the old primary; its name may lead to the new one by now.
      reconnectOnError: (error) => {
        if (this.#readOnly || !error.message.includes('READONLY')) return false;
        this.#readOnly = true;
        return true;
      },
    });
    this.#redis.on('error', (error: Error) => this.#away(reasonOf(error)));
    this.#redis.on('ready', () => {
      // That a read-only server answers PING is no news; trying it at once would go round and round.
      if (!this.#readOnly) this.check().catch(() => undefined);
      this.#readOnly = false;
    });
  }

  get available(): boolean {
    return this.#redis.status === 'ready' && this.#breaker.state !== 'open';
  }

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    const permit = this.#breaker.tryAcquire();
    if (!permit) throw new SharedStoreAwayError('Redis is left alone for a while because it failed');
    try {
      this.#assertConnected();
      const result = await inTime(command(this.#redis));
      permit.success();
      return result;
    } catch (error) {
      if (isOwnFault(error)) {
        permit.ignore();
        throw error;
      }
      const reason = reasonOf(error);
      if (isReply(error) && !uselessReply.test(reason)) permit.success();
      else {
        permit.failure();
        this.#away(reason);
      }
      throw awayError(reason);
    }
  }

  /**
   * Asks whether Redis answers, without asking the breaker, whose wait ends when it does.
   *
   * @throws {SharedStoreAwayError} when it does not answer in time.
   */
  async check(): Promise<void> {
    try {
      if (!this.#closed && this.#isIdle()) await this.#redis.connect();
      this.#assertConnected();
      await inTime(this.#redis.ping());
    } catch (error) {
      // A connection that could not be made has told why already.
      const reason = this.#redis.status === 'ready' ? reasonOf(error) : (this.#reason ?? reasonOf(error));
      this.#away(reason);
      throw awayError(reason);
    }
    this.#attempts = 0;
    if (this.#reason !== undefined) this.#log.info('Redis answers again');
    this.#reason = undefined;
    this.#breaker.endWaitEarly();
  }

  /** Ends the connection, and whatever waits for it. */
  close(): void {
    this.#closed = true;
    this.#redis.disconnect();
  }

  /** Whether ioredis does nothing to connect: before the first use, and after an error that it gives up at. */
  #isIdle(): boolean {
    return this.#redis.status === 'wait' || this.#redis.status === 'end';
  }

  #assertConnected(): void {
    if (this.#redis.status === 'ready') return;
    if (!this.#closed && this.#isIdle()) this.#redis.connect().catch(() => undefined);
    throw new SharedStoreAwayError(this.#reason ?? 'not connected yet');
  }

  /** Logs the first sign of an outage. */
  #away(reason: string): void {
    if (this.#closed) return;
    if (this.#reason === undefined) this.#log.warn({ reason }, 'Redis is away: going on without it');
    this.#reason = reason;
  }
}

const awayError = (reason: string) => new SharedStoreAwayError(`Redis is away: ${reason}`);

/** Settles as the work does, and fails after {@link commandDeadlineMs} at the latest. */
function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new SharedStoreAwayError(`no answer within ${commandDeadlineMs / 1000} s`));
    // What has arrived while this process was busy is read before setImmediate's turn, and not Redis's fault.
    const timer = setTimeout(() => setImmediate(late), commandDeadlineMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether a command's own code is to blame, not Redis. */
function isOwnFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** Whether the server said no. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** A word or sentence about an error. Of a refusal only its code, since the rest may quote what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isReply(error)) return error.message.split(' ', 1)[0] ?? '';
  if (lost.test(error.message)) return 'the connection was lost';
  return 'code' in error ? String(error.code) : redact(error.message);
}
