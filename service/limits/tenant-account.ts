import type { Balance, Lease, Report } from './budget-ledger.ts';

interface OpenReservation extends Lease {
  /** Whether the ledger has it. */
  leased: boolean;
}

/**
 * What one process knows of one tenant's budget: its own open reservations, what it has spent, and the ledger as last
 * seen. Without a ledger the account is all there is. Amounts are nano-dollars, days count from 1970, UTC.
 */
export class TenantAccount {
  readonly tenant: string;
  /** Of this account in the ledger. */
  readonly #id: string;
  readonly #open = new Map<string, OpenReservation>();
  #reservations = 0;
  #day: number;
  #total = 0;
  #confirmed = 0;
  #seen: Balance = { day: 0, spent: 0, reserved: 0 };

  /** @param id no other account ever has it. */
  constructor(tenant: string, id: string, day: number) {
    this.tenant = tenant;
    this.#id = id;
    this.#day = day;
  }

  /** Moves on to the day that it is: what the ledger was not told of an earlier day is no part of this one. */
  enter(day: number): void {
    if (day <= this.#day) return;
    this.#day = day;
    this.#confirmed = this.#total;
  }

  /** Spent today by all, as far as known. */
  get spent(): number {
    return this.#ledgerToday.spent + this.#untold;
  }

  /** Reserved now by all, as far as known. */
  get reserved(): number {
    return this.#ledgerToday.reserved + this.#unleased;
  }

  /** Left of a limit when the ledger was last seen today; all of it when it was not. */
  leftWhenSeen(limit: number): number {
    const { spent, reserved } = this.#ledgerToday;
    return Math.max(0, limit - spent - reserved);
  }

  /** Spent and reserved by this process without the ledger's knowledge. */
  get alone(): number {
    return this.#untold + this.#unleased;
  }

  /** Whether the ledger knows everything, and nothing is to be renewed. */
  get isSettled(): boolean {
    return this.#open.size === 0 && this.#untold === 0;
  }

  get open(): readonly Lease[] {
    return [...this.#open.values()];
  }

  /** A reservation to be, not open yet. */
  newLease(amount: number): Lease {
    this.#reservations += 1;
    return { id: `${this.#id}/${this.#reservations}`, amount };
  }

  /** Opens a reservation. */
  add(lease: Lease, leased: boolean): void {
    this.#open.set(lease.id, { ...lease, leased });
  }

  /** Ends a reservation by what it cost. False, and nothing done, when it has ended before. */
  end(lease: Lease, cost: number): boolean {
    if (!this.#open.delete(lease.id)) return false;
    this.#total += cost;
    return true;
  }

  /** What the ledger is to know. */
  report(): Report {
    const { day, spent } = this.#seen;
    return {
      tenant: this.tenant,
      account: this.#id,
      total: this.#total,
      confirmed: this.#confirmed,
      seen: { day, spent },
    };
  }

  /** Takes in the ledger's answer to a report. */
  learn({ day, spent, reserved }: Balance, report: Report): void {
    this.#confirmed = Math.max(this.#confirmed, report.total);
    if (day >= this.#seen.day) this.#seen = { day, spent, reserved };
  }

  /** The ledger has these reservations now. */
  leased(leases: readonly Lease[]): void {
    for (const { id } of leases) {
      const open = this.#open.get(id);
      if (open) open.leased = true;
    }
  }

  get #ledgerToday(): Omit<Balance, 'day'> {
    return this.#seen.day >= this.#day ? this.#seen : { spent: 0, reserved: 0 };
  }

  get #untold(): number {
    return this.#total - this.#confirmed;
  }

  get #unleased(): number {
    let sum = 0;
    for (const { amount, leased } of this.#open.values()) if (!leased) sum += amount;
    return sum;
  }
}
