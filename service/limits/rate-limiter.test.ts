import type { Redis } from 'ioredis';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedStoreAwayError, type SharedStore } from '../redis/shared-store.ts';
import { RateLimiter, type RateDecision } from './rate-limiter.ts';
import { resolutionMs, windowMs } from './window-log.ts';

/** Without Redis every answer comes at once. */
class LoneLimiter {
  readonly #limiter: RateLimiter;

  constructor(limit: number, options?: { now: () => number }) {
    this.#limiter = new RateLimiter(limit, undefined, options);
  }

  take(key: string): RateDecision {
    const decision = this.#limiter.take(key);
    if (decision instanceof Promise) throw new Error('waits, but there is nothing to wait for');
    return decision;
  }

  get size(): number {
    return this.#limiter.size;
  }
}

describe('a process alone', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('allows the limit, then says when the oldest use leaves', () => {
    const limiter = new LoneLimiter(2);
    expect(limiter.take('a')).toEqual({ allowed: true });
    vi.advanceTimersByTime(20_000);
    expect(limiter.take('a')).toEqual({ allowed: true });
    expect(limiter.take('a')).toEqual({ allowed: false, retryAfterSeconds: 40 });
    vi.advanceTimersByTime(39_500);
    expect(limiter.take('a')).toEqual({ allowed: false, retryAfterSeconds: 1 });
    vi.advanceTimersByTime(500);
    expect(limiter.take('a')).toEqual({ allowed: true });
    expect(limiter.take('a')).toEqual({ allowed: false, retryAfterSeconds: 20 });
  });

  it('never says to wait longer than 60 s, though times are rounded up', () => {
    vi.advanceTimersByTime(1);
    const limiter = new LoneLimiter(1);
    limiter.take('a');
    expect(limiter.take('a')).toEqual({ allowed: false, retryAfterSeconds: 60 });
  });

  it('does not count refusals', () => {
    const limiter = new LoneLimiter(1);
    limiter.take('a');
    for (let second = 1; second < 60; second += 1) {
      vi.advanceTimersByTime(1000);
      expect(limiter.take('a')).toMatchObject({ allowed: false });
    }
    vi.advanceTimersByTime(1000);
    expect(limiter.take('a')).toEqual({ allowed: true });
  });

  it('counts each key by itself', () => {
    const limiter = new LoneLimiter(1);
    expect(limiter.take('a')).toEqual({ allowed: true });
    expect(limiter.take('b')).toEqual({ allowed: true });
    expect(limiter.take('a')).toMatchObject({ allowed: false });
  });

  it('takes the largest limit', () => {
    const limiter = new LoneLimiter(1_000_000_000);
    for (let i = 0; i < 10_000; i += 1) expect(limiter.take('a')).toEqual({ allowed: true });
  });

  it('agrees with a plain log of times, to 10 ms', () => {
    const aboutTheWindow = fc.integer({ min: windowMs - 15, max: windowMs + 15 });
    const anyPause = fc.oneof(
      fc.nat(30),
      fc.nat(9_000),
      aboutTheWindow,
      fc.double({ min: 0, max: 20_000, noNaN: true }),
    );
    const pauses = fc.array(anyPause, { maxLength: 150 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), pauses, (limit, all) => {
        let now = 0;
        const limiter = new LoneLimiter(limit, { now: () => now });
        const uses: number[] = [];
        for (const pause of all) {
          now += pause;
          const within = (length: number) => uses.filter((at) => at > now - length).length;
          const before = { window: within(windowMs), longer: within(windowMs + resolutionMs) };
          const decision = limiter.take('a');
          if (before.window >= limit) expect(decision.allowed).toBe(false);
          if (before.longer < limit) expect(decision.allowed).toBe(true);
          if (decision.allowed) uses.push(now);
        }
      }),
    );
  });
});

describe('the keys', () => {
  it('are at most 20,000, however many tenants ask', () => {
    const limiter = new LoneLimiter(60);
    for (let i = 0; i < 100_000; i += 1) limiter.take(`tenant ${i}`);
    expect(limiter.size).toBe(20_000);
  });

  it('are those used last', () => {
    const limiter = new LoneLimiter(1);
    for (let i = 0; i < 100_000; i += 1) {
      limiter.take('busy');
      limiter.take(`tenant ${i}`);
    }
    expect(limiter.take('busy')).toMatchObject({ allowed: false });
  });

  it('go when they were idle for the length of the window', () => {
    let now = 0;
    const limiter = new LoneLimiter(60, { now: () => now });
    for (let i = 0; i < 1000; i += 1) limiter.take(`tenant ${i}`);
    now = 50_000;
    limiter.take('tenant 0');
    now = 60_005;
    limiter.take('tenant 1');
    expect(limiter.size).toBe(1000);
    now = 61_100;
    limiter.take('tenant 2');
    expect(limiter.size).toBe(3);
  });
});

/** Answers as a test says: a function per request, in order. */
class ScriptedStore implements SharedStore {
  available = true;
  readonly asked: number[] = [];
  readonly #answers: { resolve: (reply: [number, number]) => void; reject: (error: Error) => void }[] = [];

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.available) throw new SharedStoreAwayError('away');
    const evalsha = (...values: unknown[]) => {
      this.asked.push(values[4] as number);
      return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
    };
    return command({ evalsha } as unknown as Redis);
  }

  async grant(permits: number, waitMs = 0): Promise<void> {
    this.#answers.shift()?.resolve([permits, waitMs]);
    await settled();
  }

  async fail(): Promise<void> {
    this.#answers.shift()?.reject(new SharedStoreAwayError('no answer'));
    await settled();
  }
}

/** Everything that follows from a resolved promise has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Whether a request was allowed, or the seconds after which to ask again. */
const inShort = (decision: RateDecision) => decision.allowed || decision.retryAfterSeconds;

describe('a replica', () => {
  const setUp = (limit: number) => {
    const clock = { now: 0 };
    const store = new ScriptedStore();
    const limiter = new RateLimiter(limit, store, { now: () => clock.now });
    /** Takes at one moment: what was answered at once, and what all were answered in the end. */
    const take = (times: number) => {
      const decisions = Array.from({ length: times }, () => limiter.take('a'));
      const atOnce = decisions.map((decision) => (decision instanceof Promise ? 'waits' : inShort(decision)));
      const inTheEnd = Promise.all(decisions.map(async (decision) => inShort(await decision)));
      return { atOnce, inTheEnd };
    };
    return { clock, store, take };
  };

  it('answers the first block without waiting for Redis, and not one more', async () => {
    const { store, take } = setUp(100);
    const { atOnce, inTheEnd } = take(6);
    expect(atOnce).toEqual([true, true, true, true, true, 'waits']);
    await store.grant(store.asked[0] ?? 0);
    expect(await inTheEnd).toEqual([true, true, true, true, true, true]);
  });

  it('fetches more when half a block is left, and answers from what it holds meanwhile', async () => {
    const { store, take } = setUp(100);
    take(1);
    expect(store.asked).toEqual([6]);
    await store.grant(6);
    expect(take(2).atOnce).toEqual([true, true]);
    expect(store.asked).toEqual([6]);
    expect(take(1).atOnce).toEqual([true]);
    expect(store.asked).toEqual([6, 3]);
    expect(take(2).atOnce).toEqual([true, true]);
    await store.grant(3);
    expect(take(1).atOnce).toEqual([true]);
  });

  it('serves those who wait in the order in which they came, and refuses the rest when Redis has no more', async () => {
    const { store, take } = setUp(20);
    const { atOnce, inTheEnd } = take(4);
    expect(atOnce).toEqual([true, 'waits', 'waits', 'waits']);
    await store.grant(2);
    await store.grant(0, 30_500);
    expect(await inTheEnd).toEqual([true, true, 31, 31]);
  });

  it('does not ask again before the time that Redis has said', async () => {
    const { clock, store, take } = setUp(20);
    take(1);
    await store.grant(1, 10_000);
    clock.now = 4_000;
    expect(take(1).atOnce).toEqual([6]);
    expect(store.asked).toHaveLength(1);
    clock.now = 10_000;
    const { inTheEnd } = take(1);
    expect(store.asked).toHaveLength(2);
    await store.grant(2);
    expect(await inTheEnd).toEqual([true]);
  });

  it('uses meanwhile what it holds', async () => {
    const { store, take } = setUp(100);
    take(1);
    await store.grant(3, 10_000);
    const { atOnce, inTheEnd } = take(3);
    expect(atOnce).toEqual([true, true, 10]);
    expect(await inTheEnd).toEqual([true, true, 10]);
    expect(store.asked).toHaveLength(1);
  });

  it('uses nothing more in advance once Redis has failed to answer', async () => {
    const { store, take } = setUp(100);
    take(1);
    await store.fail();
    const { atOnce, inTheEnd } = take(1);
    expect(atOnce).toEqual(['waits']);
    await store.fail();
    expect(await inTheEnd).toEqual([true]);
  });

  it('uses no permit of a lease after 60 s', async () => {
    const { clock, store, take } = setUp(100);
    take(1);
    await store.grant(6);
    clock.now = 30_000;
    expect(take(1).atOnce).toEqual([true]);
    clock.now = 60_000;
    const { atOnce, inTheEnd } = take(1);
    expect(atOnce).toEqual(['waits']);
    await store.grant(6);
    expect(await inTheEnd).toEqual([true]);
  });

  it('never goes over the limit by itself, whatever Redis grants', async () => {
    const { store, take } = setUp(3);
    const { inTheEnd } = take(5);
    for (let i = 0; i < 5; i += 1) await store.grant(4);
    expect(await inTheEnd).toEqual([true, true, true, 60, 60]);
    expect(take(1).atOnce).toEqual([60]);
  });

  it('enforces the limit alone while Redis is away, and leases again when it is back', async () => {
    const { clock, store, take } = setUp(4);
    store.available = false;
    expect(await take(5).inTheEnd).toEqual([true, true, true, true, 60]);
    clock.now = 60_000;
    store.available = true;
    expect(take(1).atOnce).toEqual([true]);
    expect(store.asked).toEqual([2]);
  });

  it('goes on alone when Redis dies while it waits, or has told it to wait', async () => {
    const { store, take } = setUp(4);
    const waiting = take(2);
    await store.fail();
    expect(await waiting.inTheEnd).toEqual([true, true]);
    await store.fail();
    const third = take(1);
    await store.grant(0, 60_000);
    expect(await third.inTheEnd).toEqual([60]);
    expect(take(1).atOnce).toEqual([60]);
    store.available = false;
    expect(await take(3).inTheEnd).toEqual([true, true, 60]);
  });
});

/** Redis as the script has it, with answers that take time; several replicas ask it. */
class SimulatedRedis implements SharedStore {
  now = 0;
  readonly available = true;
  latencyMs = 0;
  #leases: { at: number; permits: number }[] = [];
  #events: { at: number; run: () => void }[] = [];

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    const evalsha = (_sha: string, _keys: number, _key: string, limit: number, asked: number) =>
      new Promise((resolve) => {
        const latency = this.latencyMs;
        this.#events.push({
          at: this.now + latency / 2,
          run: () => {
            const reply = this.#lease(limit, asked);
            this.#events.push({ at: this.now + latency / 2, run: () => resolve(reply) });
          },
        });
      });
    return command({ evalsha } as unknown as Redis);
  }

  /** Lets time pass, and what happens in it happen. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.#events.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#events = this.#events.filter((event) => event !== next);
      this.now = next.at;
      next.run();
      for (let tick = 0; tick < 25; tick += 1) await Promise.resolve();
    }
    this.now = end;
  }

  #lease(limit: number, asked: number): [number, number] {
    this.#leases = this.#leases.filter(({ at }) => at > this.now - windowMs);
    const leased = this.#leases.reduce((sum, { permits }) => sum + permits, 0);
    const granted = Math.max(0, Math.min(asked, limit - leased));
    if (granted > 0) this.#leases.push({ at: this.now, permits: granted });
    return [granted, (this.#leases[0]?.at ?? 0) + windowMs - this.now];
  }
}

describe('replicas together', () => {
  it('leave nothing of the limit unused when one of them is asked all the time', async () => {
    const redis = new SimulatedRedis();
    redis.latencyMs = 10;
    const replica = new RateLimiter(60, redis, { now: () => redis.now });
    let uses = 0;
    for (let asked = 0; asked < 1800; asked += 1) {
      const decision = replica.take('a');
      await redis.pass(100);
      if ((await decision).allowed) uses += 1;
    }
    expect(uses).toBe(180);
  });

  it('allow at most the limit and one block each in any 60 s, and each at most the limit', async () => {
    const step = fc.record({
      pause: fc.oneof(fc.nat(20), fc.nat(1_000), fc.constantFrom(20_000, 59_900, 60_000, 60_100)),
      replica: fc.nat(2),
      takes: fc.oneof(fc.constant(1), fc.nat(60)),
      latencyMs: fc.nat(100),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 5, 20, 45, 60), fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const redis = new SimulatedRedis();
        const replicas = [0, 1, 2].map(() => new RateLimiter(limit, redis, { now: () => redis.now }));
        const uses: { at: number; replica: number }[] = [];
        let undecided = 0;
        for (const { pause, replica, takes, latencyMs } of steps) {
          await redis.pass(pause);
          redis.latencyMs = latencyMs;
          for (let i = 0; i < takes; i += 1) {
            const note = ({ allowed }: RateDecision) => allowed && uses.push({ at: redis.now, replica });
            const decision = replicas[replica]?.take('a');
            if (decision instanceof Promise) {
              undecided += 1;
              void decision.then(note).then(() => (undecided -= 1));
            } else if (decision) note(decision);
          }
        }
        await redis.pass(200);
        expect(undecided).toBe(0);
        const bound = limit + 3 * Math.max(1, Math.floor(limit / 20));
        for (const { at } of uses) {
          const within = uses.filter((use) => use.at >= at && use.at < at + windowMs);
          expect(within.length).toBeLessThanOrEqual(bound);
          for (const one of [0, 1, 2]) {
            expect(within.filter(({ replica }) => replica === one).length).toBeLessThanOrEqual(limit);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
