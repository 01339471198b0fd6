import { Pool, type Dispatcher } from 'undici';
import { HttpAnswer } from './http-answer.ts';
import { faultOfErrorObject, faultOfStatus, retryAfterSeconds, transportFailure } from './http-failure.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { Trace } from '../telemetry/trace.ts';

/** How a pool connects. */
export interface HttpPoolOptions {
  /** Connections at most; further requests wait for one. */
  readonly connections: number;
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Milliseconds; a connection within a cluster takes a few, one around the world under 500. */
const connectTimeoutMs = 2000;

/** Milliseconds without headers, or without more of the body. Above every limit that a request sets by its signal. */
const silenceTimeoutMs = 310_000;

/** Milliseconds that an unused connection is kept: below the 5 s after which uvicorn, under LiteLLM and vLLM, closes it. */
const keepAliveMs = 4000;

/** Milliseconds that one is kept at most when the upstream says that it keeps it longer. */
const keepAliveMaxMs = 60_000;

/**
 * Kept connections to one upstream, over HTTP/1.1.
 *
 * How long a request may take is its signal's to say. What goes wrong becomes an {@link UpstreamError} that holds nothing
 * that the upstream sent.
 */
export class HttpPool {
  /** Name of the upstream in errors, unless a request says otherwise. */
  readonly upstream: string;
  /** Host name or IP address of the upstream. */
  readonly address: string;
  readonly port: number;
  readonly #pool: Pool;
  /** Path of the base URL, without a `/` at its end. */
  readonly #prefix: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #jsonHeaders: Readonly<Record<string, string>>;

  /** @param baseUrl may have a path, such as `/v1`, that every request's path is put after. */
  constructor(upstream: string, baseUrl: string, { connections, headers = {} }: HttpPoolOptions) {
    const { origin, pathname, hostname, port, protocol } = new URL(baseUrl);
    this.upstream = upstream;
    this.address = hostname.replace(/^\[|\]$/g, '');
    this.port = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    this.#prefix = pathname.replace(/\/+$/, '');
    this.#headers = headers;
    this.#jsonHeaders = { ...headers, 'content-type': 'application/json' };
    this.#pool = new Pool(origin, {
      connections,
      connectTimeout: connectTimeoutMs,
      headersTimeout: silenceTimeoutMs,
      bodyTimeout: silenceTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMaxMs,
      // One request a connection, so that ending a request early ends nothing else.
      pipelining: 1,
      allowH2: false,
    });
  }

  /**
   * Sends JSON.
   *
   * @param path starts with `/`.
   * @param signal ends the request at once, and its connection with it; it then fails with the signal's reason.
   * @param trace whose request it is: its ID and its place in the trace go with it.
   * @param upstream who answers, where one pool leads to several models.
   * @returns an answer with a status from 200 to 299.
   * @throws {UpstreamError} for everything else.
   */
  postJson(
    path: string,
    body: unknown,
    signal: AbortSignal,
    trace: Trace = Trace.none,
    upstream: string = this.upstream,
  ): Promise<HttpAnswer> {
    return this.#send(upstream, signal, {
      method: 'POST',
      path: this.#prefix + path,
      headers: { ...this.#jsonHeaders, ...trace.headers() },
      body: JSON.stringify(body),
    });
  }

  /** Puts JSON; as {@link postJson} otherwise. */
  putJson(path: string, body: unknown, signal: AbortSignal, trace: Trace = Trace.none): Promise<HttpAnswer> {
    return this.#send(this.upstream, signal, {
      method: 'PUT',
      path: this.#prefix + path,
      headers: { ...this.#jsonHeaders, ...trace.headers() },
      body: JSON.stringify(body),
    });
  }

  /** Asks, on behalf of no request; as {@link postJson} otherwise. */
  get(path: string, signal: AbortSignal, upstream: string = this.upstream): Promise<HttpAnswer> {
    return this.#send(upstream, signal, { method: 'GET', path: this.#prefix + path, headers: this.#headers });
  }

  /** Closes every connection. What still runs fails with an {@link UpstreamError}. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #send(upstream: string, signal: AbortSignal, options: Dispatcher.RequestOptions): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const answer = await this.#answer(upstream, signal, options);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(answer, signal);
  }

  /** Waits for headers. Rejects at once when the signal aborts, which undici does not while a request is in its queue. */
  #answer(upstream: string, signal: AbortSignal, options: Dispatcher.RequestOptions): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      this.#pool
        .request({ ...options, signal })
        .then(
          (data) => resolve(new HttpAnswer(upstream, data, signal)),
          (error: unknown) => reject(transportFailure(upstream, error, 'connection') as Error),
        )
        .finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

/** The error for an answer that is not one. Reads its body for the code in it, and so that the connection can be kept. */
async function refusal(answer: HttpAnswer, signal: AbortSignal): Promise<UpstreamError> {
  const { status, headers } = answer;
  const body = await answer.beginning();
  signal.throwIfAborted();
  const named = status < 500 && status >= 400 ? faultOfErrorObject(errorObjectIn(body)) : undefined;
  const seconds = retryAfterSeconds(headers['retry-after'] ?? headers['llm_provider-retry-after'], Date.now());
  return new UpstreamError(answer.upstream, named ?? faultOfStatus(status), `answered with status ${status}`, {
    status,
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  });
}

function errorObjectIn(body: string): unknown {
  try {
    return (JSON.parse(body) as { error?: unknown } | null)?.error;
  } catch {
    return undefined;
  }
}
