import { priorities, type Priority } from '../contract/metrics.ts';

/** One who waits in a {@link WaitingQueue}. */
export interface Waiting<T> {
  readonly priority: Priority;
  /** Ends the waiting with what was waited for. */
  readonly grant: (value: T) => void;
  /** Ends the waiting with an error. */
  readonly refuse: (error: Error) => void;
}

interface Entry<T> extends Waiting<T> {
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
}

/** Who waits for a `T`: higher priorities first, and first come, first served within one. It has no bound. */
export class WaitingQueue<T> {
  readonly #entries: Record<Priority, Entry<T>[]> = { high: [], normal: [], low: [] };
  readonly #onLeft: () => void;

  /** @param onLeft is called when someone left the queue because its signal aborted. */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft;
  }

  get size(): number {
    return this.#entries.high.length + this.#entries.normal.length + this.#entries.low.length;
  }

  /** Joins the queue. When the signal aborts, the entry leaves it at once and fails with the signal's reason. */
  wait(priority: Priority, signal: AbortSignal): Promise<T> {
    const entries = this.#entries[priority];
    return new Promise((grant, refuse) => {
      const onAbort = () => {
        entries.splice(entries.indexOf(entry), 1);
        refuse(signal.reason as Error);
        this.#onLeft();
      };
      const entry = { priority, signal, onAbort, grant, refuse };
      entries.push(entry);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Takes out whose turn it is. */
  next(): Waiting<T> | undefined {
    const { high, normal, low } = this.#entries;
    return taken(high.shift() ?? normal.shift() ?? low.shift());
  }

  /** Takes out the youngest of the lowest priority, if that is lower than the given one. */
  youngestBelow(priority: Priority): Waiting<T> | undefined {
    for (const lower of priorities.toReversed()) {
      if (lower === priority) return undefined;
      const youngest = this.#entries[lower].pop();
      if (youngest) return taken(youngest);
    }
    return undefined;
  }
}

function taken<T>(entry: Entry<T> | undefined): Waiting<T> | undefined {
  entry?.signal.removeEventListener('abort', entry.onAbort);
  return entry;
}
