import { setTimeout as delay } from 'node:timers/promises';

/** A server's capacity: how many it serves at once, and how long each takes. Whoever finds no slot waits, unbounded. */
export interface Capacity {
  readonly slots: number;
  readonly serviceMs: number;
}

/** Slots with an unbounded queue: what overload looks like from outside. */
export class Slots {
  readonly #capacity: Capacity;
  readonly #waiting = new Set<() => void>();
  #busy = 0;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
  }

  /** Served now. */
  get busy(): number {
    return this.#busy;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Waits for a slot and holds it for the service time. Who leaves gives it back, or leaves the queue. */
  async serve(signal: AbortSignal): Promise<void> {
    if (this.#busy < this.#capacity.slots) this.#busy += 1;
    else await this.#turn(signal);
    try {
      await delay(this.#capacity.serviceMs, undefined, { signal });
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  /** Waits until a slot is handed over. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(take);
        reject(signal.reason as Error);
      };
      const take = () => {
        this.#waiting.delete(take);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
