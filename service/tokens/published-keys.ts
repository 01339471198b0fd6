import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { Logger } from '../telemetry/logger.ts';

const refreshMs = 5 * 60 * 1000;
const retryMs = 5_000;
const fetchTimeoutMs = 5_000;
const maxBytes = 262_144;

/**
 * An identity provider's published keys (RFC 7517), fetched in the background every five minutes, and every five
 * seconds after a failure. The last good ones are kept while the provider is away.
 */
export class PublishedKeys {
  readonly #url: string;
  readonly #log: Logger;
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
  }

  /** The last good keys; `undefined` before the first. */
  get keys() {
    return this.#keys;
  }

  /** Fetches now, and again in the background. Resolves after the first try, which takes five seconds at most. */
  async start(): Promise<void> {
    const fetched = await this.#fetch();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.start(), fetched ? refreshMs : retryMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #fetch(): Promise<boolean> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: 'error' });
      this.#keys = createLocalJWKSet(JSON.parse(await boundedBody(response)) as JSONWebKeySet);
      return true;
    } catch (err) {
      this.#log.warn({ err, kept: this.#keys !== undefined }, 'JWKS_URL cannot be read');
      return false;
    }
  }
}

/** The body of a good answer. @throws when it is longer than a key set can be, without reading the rest. */
async function boundedBody(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  }
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    // Leaving the loop cancels the rest.
    if (length > maxBytes) throw new Error(`answered more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
