import { LRUCache } from 'lru-cache';

const idleMilliseconds = 30 * 60 * 1000;
const maxSessions = 10_000;

/** Counts the sessions with a question in the last 30 minutes, 10,000 at most; sessions of two tenants never mix. */
export class SessionCount {
  readonly #seen = new LRUCache<string, true>({ max: maxSessions, ttl: idleMilliseconds });

  /** Notes a question of a session. */
  touch(tenant: string, session: string): void {
    this.#seen.set(`${tenant}\u0000${session}`, true);
  }

  /** Sessions seen in the last 30 minutes. */
  get active(): number {
    this.#seen.purgeStale();
    return this.#seen.size;
  }
}
