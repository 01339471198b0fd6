import { RunningFlight, type Flight, type Landed, type Waiter } from './flight.ts';
import { ShedError } from './shed-error.ts';

/** Bounds of a {@link SingleFlight}. */
export interface SingleFlightOptions {
  /** Followers over all flights; 5,000 by default. */
  readonly maxFollowers?: number;
}

/** A flight is over soon, and its answer is stored then. */
const retryAfterSeconds = 1;

/**
 * Does the same work once for all who want its result at the same time.
 *
 * The first who asks for a key is its leader, and starts the work; the others follow. All get the same value or error.
 * The work goes on as long as anyone waits for it, whoever started it. A key is free as soon as its flight has ended or
 * was abandoned: a new flight may start while an abandoned one winds down, and what that still brings reaches nobody.
 */
export class SingleFlight<T> {
  readonly #maxFollowers: number;
  readonly #flights = new Map<string, RunningFlight<T>>();
  #followers = 0;

  constructor({ maxFollowers = 5_000 }: SingleFlightOptions = {}) {
    this.#maxFollowers = maxFollowers;
  }

  /** Flights that someone waits for now. */
  get flights(): number {
    return this.#flights.size;
  }

  /** For whom the work for the key began that is under way; `undefined` when there is none. */
  leader(key: string): Waiter | undefined {
    return this.#flights.get(key)?.leader;
  }

  /** Waiters that follow now, over all flights. */
  get followers(): number {
    return this.#followers;
  }

  /**
   * Waits for the result of a key's work, which is started unless it runs.
   *
   * @throws {ShedError} with the reason `followers` when too many follow.
   * @throws the reason of the waiter's signal when that aborts first, and otherwise what the work throws.
   */
  join(key: string, waiter: Waiter, work: (flight: Flight) => Promise<T>): Promise<Landed<T>> {
    if (waiter.signal.aborted) return Promise.reject(waiter.signal.reason as Error);
    const running = this.#flights.get(key);
    if (running) {
      if (this.#followers >= this.#maxFollowers) return Promise.reject(new ShedError('followers', retryAfterSeconds));
      this.#followers += 1;
      return running.board(waiter, false);
    }
    const flight = new RunningFlight<T>(waiter, {
      onFollowerGone: () => {
        this.#followers -= 1;
      },
      onOver: () => {
        this.#flights.delete(key);
      },
    });
    this.#flights.set(key, flight);
    const landed = flight.board(waiter, true);
    void flight.run(work);
    return landed;
  }
}
