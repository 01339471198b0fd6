import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SharedStore } from '../redis/shared-store.ts';
import { BudgetExceededError } from './budget-exceeded-error.ts';
import { BudgetLedger, type Balance, type Lease, type Report } from './budget-ledger.ts';
import { TenantAccount } from './tenant-account.ts';

export { BudgetExceededError };

/** Tenants that are told apart; the one used least recently is forgotten first. */
const maxTenants = 10_000;

const dayMs = 86_400_000;
const nanosPerDollar = 1e9;

/** Share of the daily limit that one process may spend without the ledger. */
const shareAlone = 0.1;

/** Accounts told to the ledger at once: few enough for the store's deadline. */
const batchSize = 100;

/** Money set aside for one piece of work. Whichever is called first ends it; later calls do nothing. None fails. */
export interface Reservation {
  /** The work cost this much, in US dollars; more than was reserved counts too. */
  settle(actualUsd: number): void;
  /** The work cost nothing. */
  release(): void;
}

/** What a tenant has used of today's budget, in US dollars. */
export interface BudgetUsage {
  readonly limitUsd: number;
  readonly spentUsd: number;
  readonly reservedUsd: number;
}

/** What a {@link TenantBudget} is made of. */
export interface TenantBudgetOptions {
  /** US dollars that a tenant may spend a day (UTC); no limit when `undefined`. */
  readonly limitUsd: (tenant: string) => number | undefined;
  /** Where replicas keep one ledger; without it this process is the only one. */
  readonly shared: SharedStore | undefined;
  /** Name of this replica, for those who look into the ledger. */
  readonly instance: string;
  /** How long a killed process's reservations live on; they are renewed three times as often. 15,000 by default. */
  readonly leaseMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** For tenants without a limit. */
const unlimited: Reservation = { settle: () => undefined, release: () => undefined };

/**
 * Holds each tenant to its budget for the day: what a piece of work may cost is reserved before it begins, and settled
 * by what it did cost.
 *
 * With Redis, replicas overrun a limit by nothing but what settlements exceed their reservations by, and what processes
 * spent that were killed or cut off from Redis for longer than a lease: at most their open reservations. While Redis is
 * away each replica may go on with what was left when it last saw the ledger, but at most 10 % of the limit, and tells
 * the ledger when Redis is back: at most 10 % of the limit per replica beyond it. The ledger of a Redis that came back
 * empty or with an old snapshot is raised to what the replicas have seen.
 *
 * Without Redis the process is exact by itself, for the 10,000 tenants used last.
 */
export class TenantBudget {
  readonly #limitUsd: TenantBudgetOptions['limitUsd'];
  readonly #ledger: BudgetLedger | undefined;
  readonly #now: () => number;
  readonly #process: string;
  readonly #accounts = new LRUCache<string, TenantAccount>({ max: maxTenants });
  #accountsMade = 0;
  /** Accounts that the ledger has to hear of, also those that are forgotten otherwise. */
  readonly #unsettled = new Set<TenantAccount>();
  readonly #renewal: NodeJS.Timeout | undefined;

  constructor({ limitUsd, shared, instance, leaseMs = 15_000, now = Date.now }: TenantBudgetOptions) {
    this.#limitUsd = limitUsd;
    this.#ledger = shared && new BudgetLedger(shared, leaseMs);
    this.#now = now;
    // A process that is started again counts from 0, and must not be taken for the one before.
    this.#process = `${instance}/${randomUUID()}`;
    if (shared) this.#renewal = setInterval(() => void this.#renew(), leaseMs / 3).unref();
  }

  /**
   * Sets money aside for a tenant. At once, and without Redis, for a tenant that has no limit.
   *
   * @param amountUsd the most that the work can cost.
   * @throws {BudgetExceededError} when that is more than is left.
   */
  async reserve(tenant: string, amountUsd: number): Promise<Reservation> {
    const limitUsd = this.#limitUsd(tenant);
    if (limitUsd === undefined) return unlimited;
    const limit = nanos(limitUsd);
    const account = this.#accountOf(tenant);
    const lease = account.newLease(nanos(amountUsd));
    const answer = await this.#tell(account, (ledger, report) => ledger.reserve(report, limit, lease));
    const granted = answer ? answer.granted : this.#fitsAlone(account, limit, lease.amount);
    if (!granted) throw this.#exceeded(account, limit, lease.amount);
    account.add(lease, answer !== undefined);
    if (this.#ledger) this.#unsettled.add(account);
    return {
      settle: (actualUsd) => this.#end(account, lease, nanos(actualUsd)),
      release: () => this.#end(account, lease, 0),
    };
  }

  /** Whether what a tenant spends is shared with other replicas, so that a reservation waits for Redis. */
  isShared(tenant: string): boolean {
    return this.#ledger !== undefined && this.#limitUsd(tenant) !== undefined;
  }

  /** As this replica knows it; `undefined` for a tenant without a limit. */
  usage(tenant: string): BudgetUsage | undefined {
    const limitUsd = this.#limitUsd(tenant);
    if (limitUsd === undefined) return undefined;
    const account = this.#accounts.peek(tenant);
    account?.enter(this.#today);
    const { spent, reserved } = account ?? { spent: 0, reserved: 0 };
    return { limitUsd, spentUsd: spent / nanosPerDollar, reservedUsd: reserved / nanosPerDollar };
  }

  /** Highest share of today's limit that a tenant has spent, as this replica knows; 0 when there is none. */
  highestUsedRatio(): number {
    let highest = 0;
    for (const tenant of this.#accounts.keys()) {
      const usage = this.usage(tenant);
      if (usage && usage.limitUsd > 0) highest = Math.max(highest, usage.spentUsd / usage.limitUsd);
    }
    return highest;
  }

  /** Tells the ledger what it does not know yet, if Redis is there, and ends the renewal of reservations. */
  async close(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#renew();
  }

  get #today(): number {
    return Math.floor(this.#now() / dayMs);
  }

  #accountOf(tenant: string): TenantAccount {
    let account = this.#accounts.get(tenant);
    if (!account) {
      this.#accountsMade += 1;
      account = new TenantAccount(tenant, `${this.#process}/${this.#accountsMade}`, this.#today);
      this.#accounts.set(tenant, account);
    }
    account.enter(this.#today);
    return account;
  }

  #fitsAlone(account: TenantAccount, limit: number, amount: number): boolean {
    const most = this.#ledger ? Math.min(account.leftWhenSeen(limit), limit * shareAlone) : limit;
    return account.alone + amount <= most;
  }

  #exceeded(account: TenantAccount, limit: number, amount: number): BudgetExceededError {
    if (account.spent + amount <= limit) {
      return new BudgetExceededError("requests in progress have reserved what is left of today's budget", 1);
    }
    const untilMidnight = Math.ceil((dayMs - (this.#now() % dayMs)) / 1000);
    return new BudgetExceededError("what is left of today's budget is too little", untilMidnight);
  }

  #end(account: TenantAccount, lease: Lease, cost: number): void {
    account.enter(this.#today);
    if (account.end(lease, cost)) void this.#tell(account, (ledger, report) => ledger.end(report, lease));
  }

  /** One step of the ledger; `undefined` when there is no ledger now. What it was not told, it is told with the next. */
  async #tell<B extends Balance>(
    account: TenantAccount,
    step: (ledger: BudgetLedger, report: Report) => Promise<B>,
  ): Promise<B | undefined> {
    if (!this.#ledger) return undefined;
    const report = account.report();
    try {
      const balance = await step(this.#ledger, report);
      account.learn(balance, report);
      return balance;
    } catch {
      return undefined;
    } finally {
      if (account.isSettled) this.#unsettled.delete(account);
    }
  }

  async #renew(): Promise<void> {
    const accounts = [...this.#unsettled];
    for (let first = 0; first < accounts.length; first += batchSize) {
      await Promise.all(accounts.slice(first, first + batchSize).map((account) => this.#renewAccount(account)));
    }
  }

  async #renewAccount(account: TenantAccount): Promise<void> {
    account.enter(this.#today);
    const leases = account.open;
    if (await this.#tell(account, (ledger, report) => ledger.renew(report, leases))) account.leased(leases);
  }
}

function nanos(usd: number): number {
  return usd > 0 ? Math.min(Math.round(usd * nanosPerDollar), Number.MAX_SAFE_INTEGER) : 0;
}
