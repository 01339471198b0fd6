import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { transportFailure } from './http-failure.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';

/** How much of a body that nobody wants is read, so that its connection can be used again: bytes and milliseconds. */
const drainLimits = { bytes: 65_536, ms: 1000 };

/**
 * An upstream's answer whose headers are there and whose body is on its way.
 *
 * Whoever has one reads it to its end, or calls {@link destroy} or {@link drain}: else it holds a connection for good.
 */
export class HttpAnswer {
  readonly upstream: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly #body: Dispatcher.ResponseData['body'];
  readonly #signal: AbortSignal;

  constructor(upstream: string, { statusCode, headers, body }: Dispatcher.ResponseData, signal: AbortSignal) {
    this.upstream = upstream;
    this.status = statusCode;
    this.headers = headers;
    this.#body = body;
    this.#signal = signal;
    // A body may fail while nobody reads it; the next read says so.
    body.on('error', () => undefined);
  }

  /**
   * The body as it arrives. Leaving the loop early leaves the rest where it is.
   *
   * @throws {UpstreamError} `cut` when the connection is lost, `timeout` when nothing more comes, and what
   * {@link destroy} was given. The signal's reason when it aborts.
   */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* this.#body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    } catch (error) {
      this.#signal.throwIfAborted();
      throw transportFailure(this.upstream, error, 'cut');
    }
  }

  /**
   * The whole body as UTF-8.
   *
   * @param maxBytes of a body; one that is longer is `malformed`.
   * @throws {UpstreamError} as {@link chunks} does.
   */
  async text(maxBytes: number): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.chunks()) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        this.destroy();
        throw new UpstreamError(this.upstream, 'malformed', `sent more than ${maxBytes} bytes`, {
          status: this.status,
        });
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes).toString('utf8');
  }

  /**
   * The body as JSON.
   *
   * @throws {UpstreamError} `malformed` when it is not JSON, else as {@link text} does.
   */
  async json(maxBytes: number): Promise<unknown> {
    const text = await this.text(maxBytes);
    try {
      return JSON.parse(text);
    } catch {
      throw new UpstreamError(this.upstream, 'malformed', 'sent a body that is not JSON', { status: this.status });
    }
  }

  /** Closes the connection at once, unless the body is complete; who reads gets the error. */
  destroy(error?: UpstreamError): void {
    this.#body.destroy(error);
  }

  /** Lets what is left of the body pass, within limits, so that the connection can be used again. Never fails. */
  async drain(): Promise<void> {
    await this.beginning(drainLimits.bytes, drainLimits.ms);
  }

  /** The first bytes of the body that arrive in time, as UTF-8; the rest is not awaited. Never fails. */
  async beginning(bytes: number = drainLimits.bytes, ms: number = drainLimits.ms): Promise<string> {
    const timer = setTimeout(() => this.destroy(), ms);
    const chunks: Buffer[] = [];
    let left = bytes;
    try {
      for await (const chunk of this.chunks()) {
        chunks.push(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) break;
      }
    } catch {
      // What did arrive has to do.
    } finally {
      clearTimeout(timer);
      this.destroy();
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
