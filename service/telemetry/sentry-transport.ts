import {
  createTransport,
  type BaseTransportOptions,
  type Transport,
  type TransportMakeRequestResponse,
} from '@sentry/core';
import { Pool } from 'undici';
import type { Logger } from './logger.ts';
import { SendingLog } from './sending-log.ts';

/** Milliseconds for one report, from its connection to the end of the answer. */
const reportTimeoutMs = 5_000;

/**
 * Carries envelopes to Sentry over a pool of its own. Says once in the log that it cannot, and once that it can again; what
 * could not be sent is lost.
 */
export class SentryTransport {
  /** Reports under way at once, at most; further ones are dropped. */
  readonly maxInFlight = 8;
  readonly #pool: Pool;
  readonly #log: SendingLog;

  /** @param dsn of the host that is sent to. */
  constructor(dsn: string, log: Logger) {
    this.#pool = new Pool(new URL(dsn).origin, { connections: this.maxInFlight, pipelining: 1, allowH2: false });
    this.#log = new SendingLog(log, {
      fails: 'incidents cannot be reported to Sentry',
      works: 'incidents are reported to Sentry again',
    });
  }

  /** Makes the transport as the SDK wants it. It keeps to the rate limits that Sentry asks for. */
  readonly create = (options: BaseTransportOptions): Transport => {
    const { pathname, search } = new URL(options.url);
    return createTransport(options, async ({ body }) => {
      try {
        const answer = await this.#send(pathname + search, body);
        const { statusCode = 0 } = answer;
        if (statusCode >= 200 && statusCode < 300) this.#log.works();
        else this.#log.fails(`answered with status ${statusCode}`);
        return answer;
      } catch (error) {
        this.#log.fails(reasonOf(error));
        throw error;
      }
    });
  };

  /** Closes every connection; what is under way fails. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #send(path: string, body: string | Uint8Array): Promise<TransportMakeRequestResponse> {
    const {
      statusCode,
      headers,
      body: answer,
    } = await this.#pool.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/x-sentry-envelope' },
      body,
      signal: AbortSignal.timeout(reportTimeoutMs),
    });
    await answer.dump();
    return {
      statusCode,
      headers: {
        'x-sentry-rate-limits': single(headers['x-sentry-rate-limits']),
        'retry-after': single(headers['retry-after']),
      },
    };
  }
}

const single = (header: string | string[] | undefined) => (Array.isArray(header) ? header.join() : header) ?? null;

/** Only the code or the name: a message could hold the address with its key. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
