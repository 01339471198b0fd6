import { UpstreamError } from '../resilience/upstream-error.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { syncCorpus } from './corpus.ts';

/** Pause before a store that was away is tried again, in milliseconds. */
const pauseMs = 5_000;

/** What the corpus is read into. */
export interface CorpusStore {
  readonly store: DocumentStore;
  /** Makes the store ready. */
  start(): Promise<void>;
}

/** Reads the corpus at the start; when the store is away then, as soon as it is back. */
export class CorpusReader {
  readonly #documents: CorpusStore;
  readonly #folder: string | undefined;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(documents: CorpusStore, folder: string | undefined, log: Logger) {
    this.#documents = documents;
    this.#folder = folder;
    this.#log = log;
  }

  /**
   * Resolves when the corpus was read, or the store found to be away.
   *
   * @throws {CorpusError} when the folder cannot be read.
   * @throws {UpstreamError} when the store refuses what is asked, such as vectors of another dimension.
   */
  async start(): Promise<void> {
    try {
      await this.#documents.start();
      this.#log.info(await syncCorpus(this.#folder, this.#documents.store), 'corpus read');
    } catch (err) {
      // Waiting does not help against a request that is refused, such as one for vectors of another dimension.
      if (!(err instanceof UpstreamError) || err.fault === 'rejected') throw err;
      this.#log.warn({ err }, 'the corpus is read later, because the document store is away');
      this.#later();
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.start().catch((err: unknown) => {
        this.#log.error({ err }, 'the corpus could not be read; it is tried again');
        this.#later();
      });
    }, pauseMs).unref();
  }
}
