import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { BackupError, UnreachableError } from './backup-error.ts';

/** Milliseconds until a connection stands; within a cluster it takes a few. */
const connectMs = 5_000;

/** Characters of what Qdrant says about an error that are passed on. */
const longestExplanation = 300;

/** One call to a node. */
export interface NodeCall {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  /** Milliseconds for all of it. */
  readonly ms: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

/** Connections to one node. What goes wrong becomes a {@link BackupError} with the node, the collection and the reason. */
export class QdrantTransport {
  /** `qdrant-0`: the first part of its host name, or the address with its port. */
  readonly name: string;
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, apiKey: string | undefined) {
    const { origin, hostname, host } = new URL(url);
    this.name = /^[\d.]+$/.test(hostname) ? host : (hostname.split('.')[0] ?? host);
    this.#headers = apiKey === undefined ? {} : { 'api-key': apiKey };
    // Each call has a limit of its own.
    this.#pool = new Pool(origin, { connectTimeout: connectMs, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** What the envelope of an answer holds. */
  async result<T>(call: NodeCall, schema: z.ZodType<T>): Promise<T> {
    try {
      const { body } = await this.#request(call);
      const answer = schema.safeParse(((await body.json()) as { result?: unknown } | null)?.result);
      if (!answer.success) throw new BackupError('sent an answer of another shape');
      return answer.data;
    } catch (error) {
      throw this.#failure(error, call);
    }
  }

  /** The body of an answer as it comes. */
  async *content(call: NodeCall): AsyncGenerator<Uint8Array> {
    try {
      const { body } = await this.#request(call);
      yield* body as AsyncIterable<Buffer>;
    } catch (error) {
      throw this.#failure(error, call);
    }
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #request({ ms, headers, ...options }: NodeCall): Promise<Dispatcher.ResponseData> {
    const signal = AbortSignal.timeout(ms);
    const all = { ...headers, ...this.#headers };
    // A connection for each: calls are minutes apart, and one that the node has closed meanwhile would look like a fault.
    const answer = await this.#pool.request({ ...options, headers: all, signal, reset: true });
    if (answer.statusCode === 200) return answer;
    const text = await answer.body.text();
    throw new BackupError(`answered with status ${answer.statusCode}${explanationIn(text)}`);
  }

  #failure(error: unknown, { path, ms }: NodeCall): BackupError {
    const collection = /^\/collections\/([^/?]+)/.exec(path)?.[1];
    const where = `node ${this.name}${collection === undefined ? '' : `, collection ${decodeURIComponent(collection)}`}`;
    const Failure = hasConnected(error) ? BackupError : UnreachableError;
    return new Failure(`${where}: ${reason(error, ms)}`, { cause: error });
  }
}

/** Whether a call failed by what the node said, or did not say in time. */
function hasConnected(error: unknown): boolean {
  return error instanceof BackupError || error instanceof SyntaxError || (error as Error).name === 'TimeoutError';
}

function reason(error: unknown, ms: number): string {
  if (error instanceof BackupError) return error.message;
  if (error instanceof SyntaxError) return 'sent an answer that is not JSON';
  const { name = '', code = '' } = error as { name?: string; code?: string | number };
  if (name === 'TimeoutError') return `no answer within ${ms / 1000} s`;
  if (/^(UND_ERR_CONNECT_TIMEOUT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/.test(String(code))) {
    return `cannot be reached (${code})`;
  }
  return `the connection was lost (${code === '' ? name : code})`;
}

/** What Qdrant says about an error, in short. */
function explanationIn(body: string): string {
  try {
    const { status } = JSON.parse(body) as { status?: { error?: unknown } };
    return typeof status?.error === 'string' ? `: ${status.error.slice(0, longestExplanation)}` : '';
  } catch {
    return '';
  }
}
