import type { Redis } from 'ioredis';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedStoreAwayError, type SharedStore } from '../redis/shared-store.ts';
import { BudgetExceededError, TenantBudget, type Reservation, type TenantBudgetOptions } from './tenant-budget.ts';

const noon = Date.UTC(2026, 10, 21, 12);
const today = Math.floor(noon / 86_400_000);

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
});
afterEach(() => {
  vi.useRealTimers();
});

const budgetOf = (limit: number | undefined, options: Partial<TenantBudgetOptions> = {}) =>
  new TenantBudget({ limitUsd: () => limit, shared: undefined, instance: 'r1', ...options });

/** Seconds to wait when it is refused; `undefined` when it is granted. */
async function refusal(reservation: Promise<Reservation>): Promise<number | undefined> {
  try {
    await reservation;
    return undefined;
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    return error.retryAfterSeconds;
  }
}

describe('a tenant without a limit', () => {
  it('reserves for free, without Redis, and is not counted', async () => {
    const store = new StubStore();
    const budget = budgetOf(undefined, { shared: store });
    const reservation = await budget.reserve('acme', 1e9);
    reservation.settle(1e9);
    reservation.release();
    expect(store.reports).toEqual([]);
    expect(budget.usage('acme')).toBeUndefined();
    expect(budget.highestUsedRatio()).toBe(0);
    await budget.close();
  });
});

describe('a process alone', () => {
  it('reserves up to the limit, to the last nano-dollar', async () => {
    const budget = budgetOf(0.3);
    await budget.reserve('acme', 0.1);
    await budget.reserve('acme', 0.2);
    expect(await refusal(budget.reserve('acme', 1e-9))).toBe(1);
    expect(await refusal(budget.reserve('acme', 0))).toBeUndefined();
    expect(budget.usage('acme')).toEqual({ limitUsd: 0.3, spentUsd: 0, reservedUsd: 0.3 });
    expect(await refusal(budget.reserve('other', 0.3))).toBeUndefined();
  });

  it('counts what was settled, and gives back what was reserved beyond', async () => {
    const budget = budgetOf(10);
    const reservation = await budget.reserve('acme', 8);
    expect(await refusal(budget.reserve('acme', 3))).toBe(1);
    reservation.settle(5);
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 5, reservedUsd: 0 });
    expect(await refusal(budget.reserve('acme', 5))).toBeUndefined();
  });

  it('gives everything back on release', async () => {
    const budget = budgetOf(10);
    (await budget.reserve('acme', 10)).release();
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 0, reservedUsd: 0 });
  });

  it('ends a reservation once', async () => {
    const budget = budgetOf(10);
    const settled = await budget.reserve('acme', 2);
    settled.settle(2);
    settled.settle(2);
    settled.release();
    const released = await budget.reserve('acme', 2);
    released.release();
    released.settle(2);
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 2, reservedUsd: 0 });
  });

  it('counts more than was reserved when the work cost more, and nothing for what is no amount', async () => {
    const budget = budgetOf(10);
    (await budget.reserve('acme', 1)).settle(12);
    (await budget.reserve('other', 1)).settle(Number.NaN);
    (await budget.reserve('other', -5)).settle(-5);
    expect(budget.usage('acme')?.spentUsd).toBe(12);
    expect(budget.usage('other')).toEqual({ limitUsd: 10, spentUsd: 0, reservedUsd: 0 });
  });

  it('says how long it is until midnight, UTC, when the budget is spent', async () => {
    const budget = budgetOf(10);
    (await budget.reserve('acme', 10)).settle(9.5);
    expect(await refusal(budget.reserve('acme', 0.6))).toBe(12 * 3600);
    vi.setSystemTime(noon + 12 * 3_600_000 - 1);
    expect(await refusal(budget.reserve('acme', 0.6))).toBe(1);
    await expect(budget.reserve('acme', 0.6)).rejects.toThrow("what is left of today's budget is too little");
  });

  it('says 1 s when only reservations stand in the way', async () => {
    const budget = budgetOf(10);
    await budget.reserve('acme', 10);
    await expect(budget.reserve('acme', 1)).rejects.toThrow('requests in progress have reserved');
  });

  it('begins each day with the whole budget but for what is still reserved', async () => {
    const budget = budgetOf(10);
    const open = await budget.reserve('acme', 4);
    (await budget.reserve('acme', 6)).settle(6);
    vi.setSystemTime(noon + 12 * 3_600_000);
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 0, reservedUsd: 4 });
    expect(await refusal(budget.reserve('acme', 6.1))).toBe(1);
    open.settle(3);
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 3, reservedUsd: 0 });
  });

  it('knows the highest share that any tenant has spent', async () => {
    const limits: Record<string, number> = { small: 1, large: 100, none: 0 };
    const budget = new TenantBudget({ limitUsd: (tenant) => limits[tenant], shared: undefined, instance: 'r1' });
    expect(budget.highestUsedRatio()).toBe(0);
    (await budget.reserve('large', 50)).settle(50);
    (await budget.reserve('small', 0.75)).settle(0.75);
    await budget.reserve('none', 0);
    expect(budget.highestUsedRatio()).toBe(0.75);
    vi.setSystemTime(noon + 12 * 3_600_000);
    expect(budget.highestUsedRatio()).toBe(0);
  });

  it('forgets the tenants used least recently beyond 10,000', async () => {
    const budget = budgetOf(10);
    for (let i = 0; i < 10_001; i += 1) (await budget.reserve(`t${i}`, 1)).settle(1);
    expect(budget.usage('t0')?.spentUsd).toBe(0);
    expect(budget.usage('t1')?.spentUsd).toBe(1);
  });

  it('never grants more than the limit, whatever is reserved, settled and released in which order', async () => {
    const step = fc.oneof(
      fc.record({ reserve: fc.nat(40) }),
      fc.record({ end: fc.nat(20), share: fc.constantFrom(undefined, 0, 0.5, 1) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const budget = budgetOf(100);
        const open: { amount: number; reservation: Reservation }[] = [];
        let spent = 0;
        for (const one of steps) {
          const reserved = open.reduce((sum, { amount }) => sum + amount, 0);
          expect(budget.usage('acme')).toEqual({ limitUsd: 100, spentUsd: spent, reservedUsd: reserved });
          if ('reserve' in one) {
            const fits = spent + reserved + one.reserve <= 100;
            const granted = budget.reserve('acme', one.reserve).catch(() => undefined);
            const reservation = await granted;
            expect(reservation !== undefined).toBe(fits);
            if (reservation) open.push({ amount: one.reserve, reservation });
          } else {
            const [ended] = open.splice(one.end, 1);
            if (one.share === undefined) ended?.reservation.release();
            else ended?.reservation.settle(ended.amount * one.share);
            spent += (ended?.amount ?? 0) * (one.share ?? 0);
          }
        }
      }),
    );
  });
});

/** What a report to the ledger says, in nano-dollars. */
interface Told {
  readonly total: number;
  readonly confirmed: number;
  readonly leases: readonly string[];
}

/** A ledger that grants everything, or is away; it says what the test says, and notes what it is told. */
class StubStore implements SharedStore {
  available = true;
  balance = { day: today, spent: 0, reserved: 0 };
  readonly reports: Told[] = [];

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.available) throw new SharedStoreAwayError('away');
    const evalsha = async (...values: (string | number)[]) => {
      const [total, confirmed] = values.slice(6, 8) as [number, number];
      this.reports.push({ total, confirmed, leases: values.slice(10).map(String) });
      return [1, this.balance.day, this.balance.spent, this.balance.reserved];
    };
    return command({ evalsha } as unknown as Redis);
  }
}

const nanos = (usd: number) => usd * 1e9;

describe('a replica whose ledger is away', () => {
  const setUp = async (balance: Partial<StubStore['balance']> | undefined) => {
    const store = new StubStore();
    const budget = budgetOf(100, { shared: store });
    if (balance) {
      store.balance = { ...store.balance, ...balance };
      (await budget.reserve('acme', 0)).release();
      await vi.advanceTimersByTimeAsync(0);
    }
    store.available = false;
    return { store, budget };
  };

  it('goes on with a tenth of the limit', async () => {
    for (const seen of [undefined, { spent: nanos(20), reserved: nanos(30) }]) {
      const { budget } = await setUp(seen);
      expect(await refusal(budget.reserve('acme', 10.1))).toBe(1);
      (await budget.reserve('acme', 6)).settle(6);
      expect(await refusal(budget.reserve('acme', 4.1))).toBe(1);
      expect(await refusal(budget.reserve('acme', 4))).toBeUndefined();
      expect(await refusal(budget.reserve('acme', 0.1))).toBe(1);
      await budget.close();
    }
  });

  it('goes on with no more than was left when it last saw the ledger', async () => {
    const { budget } = await setUp({ spent: nanos(95), reserved: nanos(2) });
    expect(await refusal(budget.reserve('acme', 3.1))).toBe(1);
    expect(await refusal(budget.reserve('acme', 5.1))).toBe(12 * 3600);
    expect(await refusal(budget.reserve('acme', 3))).toBeUndefined();
    expect(budget.usage('acme')).toEqual({ limitUsd: 100, spentUsd: 95, reservedUsd: 5 });
    await budget.close();
  });

  it('goes on with a tenth on a day when it has not seen the ledger', async () => {
    const { budget } = await setUp({ spent: nanos(100) });
    expect(await refusal(budget.reserve('acme', 1))).toBe(12 * 3600);
    vi.setSystemTime(noon + 12 * 3_600_000);
    expect(budget.usage('acme')?.spentUsd).toBe(0);
    expect(await refusal(budget.reserve('acme', 10))).toBeUndefined();
    await budget.close();
  });

  it('tells the ledger what it spent when that is back, and counts it once', async () => {
    const { store, budget } = await setUp({});
    (await budget.reserve('acme', 6)).settle(5);
    await vi.advanceTimersByTimeAsync(20_000);
    const before = store.reports.length;
    store.available = true;
    store.balance.spent = nanos(5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.reports.slice(before)).toEqual([{ total: nanos(5), confirmed: 0, leases: [] }]);
    expect(budget.usage('acme')?.spentUsd).toBe(5);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.reports).toHaveLength(before + 1);
    store.available = false;
    expect(await refusal(budget.reserve('acme', 10))).toBeUndefined();
    await budget.close();
  });

  it('tells it of open reservations too, which count there from then on', async () => {
    const { store, budget } = await setUp({});
    await budget.reserve('acme', 10);
    expect(await refusal(budget.reserve('acme', 1))).toBe(1);
    store.available = true;
    store.balance.reserved = nanos(10);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.reports.at(-1)?.leases).toEqual([expect.stringMatching(/^r1\/.*:10000000000$/)]);
    expect(budget.usage('acme')?.reservedUsd).toBe(10);
    store.available = false;
    expect(await refusal(budget.reserve('acme', 1))).toBeUndefined();
    await budget.close();
  });

  it('does not tell a new day what was spent on the day before', async () => {
    const { store, budget } = await setUp({});
    (await budget.reserve('acme', 6)).settle(5);
    vi.setSystemTime(noon + 12 * 3_600_000);
    store.available = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.reports.at(-1)).toMatchObject({ total: nanos(5), confirmed: nanos(5) });
    await budget.close();
  });

  it('tells it at the end', async () => {
    const { store, budget } = await setUp({});
    (await budget.reserve('acme', 6)).settle(5);
    store.available = true;
    await budget.close();
    expect(store.reports.at(-1)).toMatchObject({ total: nanos(5) });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a replica with a ledger', () => {
  it('renews its open reservations every 5 s, and no others', async () => {
    const store = new StubStore();
    const budget = budgetOf(100, { shared: store });
    const open = await budget.reserve('acme', 1);
    (await budget.reserve('acme', 2)).release();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(store.reports).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(store.reports.slice(3)).toMatchObject([{ leases: [expect.stringMatching(/:1000000000$/)] }]);
    open.release();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(store.reports).toHaveLength(5);
    await budget.close();
  });
});
