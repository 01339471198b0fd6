import type { Logger } from './logger.ts';

/** Says in the log once that something cannot be sent, and once that it can again. */
export class SendingLog {
  readonly #log: Logger;
  readonly #texts: { readonly fails: string; readonly works: string };
  readonly #fields: object;
  #failing = false;

  /** @param fields that each line has. */
  constructor(log: Logger, texts: { readonly fails: string; readonly works: string }, fields: object = {}) {
    this.#log = log;
    this.#texts = texts;
    this.#fields = fields;
  }

  /** Something was sent. */
  works(): void {
    if (this.#failing) this.#log.info(this.#fields, this.#texts.works);
    this.#failing = false;
  }

  /** Something could not be sent. @param reason without a secret. */
  fails(reason: string): void {
    if (!this.#failing) this.#log.warn({ ...this.#fields, reason }, this.#texts.fails);
    this.#failing = true;
  }
}
