import { setImmediate } from 'node:timers/promises';

/**
 * Hands out turns of the event loop, one after the other, to work that holds the loop while it runs. Many questions at
 * once then wait for each other, and not everything else, such as a health check, for all of them.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when it is the caller's turn: in the loop's first turn that nobody before has taken. */
  next(): Promise<unknown> {
    const mine = this.#last;
    this.#last = mine.then(() => setImmediate());
    return mine;
  }
}
