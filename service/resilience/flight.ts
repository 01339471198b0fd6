import type { Trace } from '../telemetry/trace.ts';
import { TextRelay, type TextReader } from './text-relay.ts';

/** All who waited for a flight's answer have left. */
export class NobodyWaitsError extends Error {
  override readonly name = 'NobodyWaitsError';
  override readonly message = 'nobody waits for the answer any more';
}

/** One request that waits for an answer. */
export interface Waiter {
  /** This request's own: aborts when its time is over, or its client left. */
  readonly signal: AbortSignal;
  /** When its time is over, as `performance.now()` counts; may move. */
  readonly expiresAt: () => number;
  /** Whether the caller shortened its time. */
  readonly shortened: boolean;
  /** Is given each piece of the answer as it is written, when the client reads along. */
  readonly onText?: (text: string) => void;
  /** The request's span. */
  readonly trace: Trace;
}

/** What a waiter is answered. */
export interface Landed<T> {
  readonly value: T;
  /** Whether it was for this waiter that the work began. */
  readonly leader: boolean;
}

/** A flight as its work sees it. Once the last waiter has left, that one still counts as present. */
export interface Flight {
  /** Aborts with a {@link NobodyWaitsError} when the last waiter has left. */
  readonly signal: AbortSignal;
  /** When the time of every present waiter is over, as `performance.now()` counts. Looks at each of them. */
  expiresAt(): number;
  /** Whether the callers of all present waiters shortened their time. Looks at each of them. */
  shortened(): boolean;
  /** Takes what is written, for those who read along. */
  readonly text: TextRelay;
}

/** What a {@link RunningFlight} tells the one that keeps it. */
export interface FlightEvents {
  /** A follower left, or was answered. */
  readonly onFollowerGone: () => void;
  /** The work ended, or nobody waits for it any more. Called once, before anyone learns of it. */
  readonly onOver: () => void;
}

interface Passenger<T> {
  readonly waiter: Waiter;
  readonly leader: boolean;
  readonly reader: TextReader | undefined;
  readonly onAbort: () => void;
  readonly resolve: (landed: Landed<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** One run of some work, and those who wait for it. */
export class RunningFlight<T> implements Flight {
  /** For whom the work began; it may have left since. */
  readonly leader: Waiter;
  readonly text = new TextRelay();
  readonly #controller = new AbortController();
  readonly #passengers = new Set<Passenger<T>>();
  readonly #events: FlightEvents;
  #over = false;

  constructor(leader: Waiter, events: FlightEvents) {
    this.leader = leader;
    this.#events = events;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  expiresAt(): number {
    let latest = -Infinity;
    for (const { waiter } of this.#passengers) latest = Math.max(latest, waiter.expiresAt());
    return latest;
  }

  shortened(): boolean {
    for (const { waiter } of this.#passengers) if (!waiter.shortened) return false;
    return true;
  }

  /** Waits for the end of the work, or for the waiter's signal, which must not have aborted yet. */
  board(waiter: Waiter, leader: boolean): Promise<Landed<T>> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#leave(passenger);
        reject(waiter.signal.reason as Error);
      };
      const reader = waiter.onText && { onText: waiter.onText };
      const passenger = { waiter, leader, reader, onAbort, resolve, reject };
      this.#passengers.add(passenger);
      waiter.signal.addEventListener('abort', onAbort, { once: true });
      if (reader) this.text.add(reader);
    });
  }

  /** Does the work, and answers everyone on board. Never fails itself. */
  async run(work: (flight: Flight) => Promise<T>): Promise<void> {
    try {
      const value = await work(this);
      for (const { resolve, leader } of this.#land()) resolve({ value, leader });
    } catch (error) {
      for (const { reject } of this.#land()) reject(error);
    }
  }

  /** Those who waited until the end; nobody when all had left before. */
  #land(): Iterable<Passenger<T>> {
    if (this.#over) return [];
    this.#end();
    for (const passenger of this.#passengers) this.#unbind(passenger);
    return this.#passengers;
  }

  #leave(passenger: Passenger<T>): void {
    this.#unbind(passenger);
    if (this.#passengers.size > 1) {
      this.#passengers.delete(passenger);
    } else {
      // The last one stays in the set, so that the work can tell whose time it was that ended.
      this.#end();
      this.#controller.abort(new NobodyWaitsError());
    }
  }

  #end(): void {
    this.#over = true;
    this.#events.onOver();
  }

  #unbind({ waiter, onAbort, reader, leader }: Passenger<T>): void {
    waiter.signal.removeEventListener('abort', onAbort);
    if (reader) this.text.remove(reader);
    if (!leader) this.#events.onFollowerGone();
  }
}
