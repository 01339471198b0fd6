import { LRUCache } from 'lru-cache';
import type { SharedStore } from '../redis/shared-store.ts';
import { LeaseBalance } from './lease-balance.ts';
import { leasePermits, type Grant } from './lease-permits.ts';
import { resolutionMs, windowMs, WindowLog } from './window-log.ts';

/** Keys that are told apart. */
const maxKeys = 20_000;

/** Idle keys are looked for this often, in milliseconds. */
const sweepMs = 1_000;

/** Whether a request may go on. */
export type RateDecision =
  | { readonly allowed: true }
  /** Whole seconds, 1 to 60. */
  | { readonly allowed: false; readonly retryAfterSeconds: number };

interface KeyState {
  readonly log: WindowLog;
  readonly balance: LeaseBalance;
  /** Permits asked of Redis, not answered yet. */
  asked: number;
  /** Those who wait for Redis, first come first. */
  waiting: ((decision: RateDecision) => void)[];
  /** Redis has nothing to lease before this time. */
  blockedUntil: number;
  usedAt: number;
}

const allowed: RateDecision = { allowed: true };

/**
 * At most so many requests of one key in any 60 s (sliding window); refusals are not counted.
 *
 * One process alone is exact to 10 ms: never over the limit, and a place is free again at most 10 ms after its use has
 * left the window. Several share the limit by leases from Redis, a block at a time, where a block is a twentieth of the
 * limit, at least 1. Most requests use a permit at hand, without a round trip. More permits are fetched when half a
 * block is left, as many as fill it up; who finds none waits for the answer, at most as long as the store takes. The
 * first requests after 60 s without any use one block in advance.
 *
 * The bound: in any 60 s all replicas together allow at most the limit and one block per replica. Redis leases at most
 * the limit in 60 s; beyond that a replica can only use the one block that it held when the 60 s began, or, when it had
 * been idle, the one used in advance. A permit that is not used within 60 s is lost, and left in the window until then.
 *
 * While Redis is away each process enforces the limit alone. The 20,000 keys used last are held, each for 60 s after
 * its last use; a key beyond these begins anew.
 */
export class RateLimiter {
  readonly #limit: number;
  readonly #block: number;
  readonly #store: SharedStore | undefined;
  readonly #now: () => number;
  readonly #keys = new LRUCache<string, KeyState>({ max: maxKeys });
  #sweptAt = -Infinity;

  /**
   * @param limitPerMinute 1 or more.
   * @param options.now milliseconds of a clock that never goes back; the process's by default.
   */
  constructor(
    limitPerMinute: number,
    sharedStore: SharedStore | undefined,
    { now = () => performance.now() }: { readonly now?: () => number } = {},
  ) {
    this.#limit = limitPerMinute;
    this.#block = Math.max(1, Math.floor(limitPerMinute / 20));
    this.#store = sharedStore;
    this.#now = now;
  }

  /** Keys that are held now. */
  get size(): number {
    return this.#keys.size;
  }

  /** Counts a request of a key, unless it is refused. A promise only where Redis has to be asked; it never rejects. */
  take(key: string): RateDecision | Promise<RateDecision> {
    const now = this.#now();
    this.#sweep(now);
    const state = this.#stateOf(key, now);
    const used = state.log.count(now);
    // Each of those who wait may get a place.
    if (used + state.waiting.length >= this.#limit) return refused(state.log.untilOldestLeaves(now));
    if (!this.#store) {
      state.log.add(now);
      return allowed;
    }
    if (state.balance.take(now, used + state.waiting.length === 0)) {
      state.log.add(now);
      if (state.blockedUntil <= now) this.#fillUp(this.#store, key, state, now);
      return allowed;
    }
    if (state.blockedUntil > now && this.#store.available) return refused(state.blockedUntil - now);
    const decision = new Promise<RateDecision>((resolve) => state.waiting.push(resolve));
    this.#fillUp(this.#store, key, state, now);
    return decision;
  }

  #stateOf(key: string, now: number): KeyState {
    let state = this.#keys.get(key);
    if (!state) {
      const balance = new LeaseBalance(this.#block);
      state = { log: new WindowLog(), balance, asked: 0, waiting: [], blockedUntil: 0, usedAt: now };
      this.#keys.set(key, state);
    }
    state.usedAt = now;
    return state;
  }

  /** Asks for as many permits as make a full block beside those for everyone who waits, if half a block is left. */
  #fillUp(store: SharedStore, key: string, state: KeyState, now: number): void {
    const level = state.balance.level(now) + state.asked - state.waiting.length;
    if (level > this.#block / 2) return;
    const asked = this.#block - level;
    state.asked += asked;
    void leasePermits(store, key, this.#limit, asked).then(
      (grant) => this.#granted(state, grant, asked, now),
      () => this.#goOnAlone(state, asked),
    );
  }

  #granted(state: KeyState, { permits, waitMs }: Grant, asked: number, askedAt: number): void {
    const now = this.#now();
    state.asked -= asked;
    // Redis counts from a moment after it was asked, so that no permit is used once it counts no more.
    const served = state.balance.grant(permits, state.waiting.length, askedAt + windowMs);
    allowAll(state, state.waiting.splice(0, served), now);
    if (permits === asked) return;
    state.blockedUntil = now + waitMs;
    for (const decide of state.waiting.splice(0)) decide(refused(waitMs));
  }

  #goOnAlone(state: KeyState, asked: number): void {
    state.asked -= asked;
    state.balance.endAdvance();
    allowAll(state, state.waiting.splice(0), this.#now());
  }

  /** Removes keys that were not used for so long that their logs are empty. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepMs) return;
    this.#sweptAt = now;
    const idle: string[] = [];
    for (const key of this.#keys.rkeys()) {
      if (now - (this.#keys.peek(key)?.usedAt ?? 0) <= windowMs + resolutionMs) break;
      idle.push(key);
    }
    for (const key of idle) this.#keys.delete(key);
  }
}

function allowAll(state: KeyState, waiting: KeyState['waiting'], now: number): void {
  for (const decide of waiting) {
    state.log.add(now);
    decide(allowed);
  }
}

function refused(waitMs: number): RateDecision {
  return { allowed: false, retryAfterSeconds: Math.min(60, Math.max(1, Math.ceil(waitMs / 1000))) };
}
