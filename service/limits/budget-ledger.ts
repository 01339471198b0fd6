import { hash } from 'node:crypto';
import type { SharedStore } from '../redis/shared-store.ts';
import { AtomicScript } from './atomic-script.ts';

/** What one process tells the ledger about one tenant, with every step. Amounts are nano-dollars, days count from 1970. */
export interface Report {
  readonly tenant: string;
  /** Of the account that counts `total`; no other account ever has it. */
  readonly account: string;
  /** All that the account has spent since it was made, and how much of that the ledger is known to hold. */
  readonly total: number;
  readonly confirmed: number;
  /** What all together had spent on a day when the ledger was last seen, everything confirmed included. */
  readonly seen: { readonly day: number; readonly spent: number };
}

/** What the ledger says about a tenant. Amounts are nano-dollars. */
export interface Balance {
  /** By the clock of Redis, since 1970, UTC. */
  readonly day: number;
  readonly spent: number;
  readonly reserved: number;
}

/** A reservation as the ledger knows it. */
export interface Lease {
  readonly id: string;
  /** Nano-dollars. */
  readonly amount: number;
}

/**
 * Begins every step. KEYS: a hash with `day`, `spent`, `reserved` and the total of each account; a sorted set of leases,
 * `id:amount` by the time when they expire. ARGV: see `#step`.
 *
 * Of a total only what goes beyond the one held already is added, so that a report that comes twice counts once. What
 * was confirmed counts as held: when Redis came back with an old snapshot, the sum last seen has it already.
 */
const begin = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease_ms, account, total, confirmed = tonumber(ARGV[1]), 'account:' .. ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local seen_day, seen_spent = tonumber(ARGV[5]), tonumber(ARGV[6])
local granted = 1

local function read(field) return tonumber(redis.call('HGET', KEYS[1], field) or '0') end
local function write(field, value) redis.call('HSET', KEYS[1], field, string.format('%.0f', value)) end
local function amount_of(lease) return tonumber(string.match(lease, ':(%d+)$')) end

local reserved = read('reserved')
local day = math.max(read('day'), math.floor(now / 86400000))
if day > read('day') then redis.call('DEL', KEYS[1]) end

local spent = read('spent')
if seen_day == day then spent = math.max(spent, seen_spent) end
local held = math.max(read(account), confirmed)
if total > held then spent = spent + total - held end
if total > 0 then write(account, math.max(total, held)) end

local function drop(lease)
  if redis.call('ZREM', KEYS[2], lease) == 1 then reserved = reserved - amount_of(lease) end
end
local function keep(lease)
  if redis.call('ZADD', KEYS[2], now + lease_ms, lease) == 1 then reserved = reserved + amount_of(lease) end
end
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do drop(lease) end
`;

const end = `
if redis.call('EXISTS', KEYS[2]) == 0 then reserved = 0 end
write('day', day)
write('spent', spent)
write('reserved', reserved)
return { granted, day, spent, reserved }
`;

const reserveScript = new AtomicScript(`${begin}
local limit, lease = tonumber(ARGV[7]), ARGV[8]
if spent + reserved + amount_of(lease) <= limit then keep(lease) else granted = 0 end
${end}`);

const dropScript = new AtomicScript(`${begin}
drop(ARGV[7])
${end}`);

const renewScript = new AtomicScript(`${begin}
for i = 7, #ARGV do keep(ARGV[i]) end
${end}`);

/**
 * What all replicas have spent and reserved for each tenant, in Redis; each step is one script, so that no two replicas
 * are granted the same dollar.
 *
 * A tenant has one set of keys that never expires, with the day inside: `volatile-lru` evicts only keys with an expiry,
 * and the ledger must not be evicted. On the first step of a day (UTC, by the clock of Redis) what was spent begins at 0
 * again; open reservations stay, and are settled on the new day. Every method throws as the store does.
 */
export class BudgetLedger {
  readonly #store: SharedStore;
  readonly #leaseMs: number;

  /** @param leaseMs how long a reservation lives unless it is renewed. */
  constructor(store: SharedStore, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  /** Reserves, if what is spent and reserved stays within the limit. */
  async reserve(report: Report, limit: number, lease: Lease): Promise<Balance & { readonly granted: boolean }> {
    return this.#step(reserveScript, report, [limit, nameOf(lease)]);
  }

  /** Ends a reservation; what it cost is in the report's total. */
  async end(report: Report, lease: Lease): Promise<Balance> {
    return this.#step(dropScript, report, [nameOf(lease)]);
  }

  /** Lets reservations live on. Those that the ledger has lost are there again, limit or not. */
  async renew(report: Report, leases: readonly Lease[]): Promise<Balance> {
    return this.#step(renewScript, report, leases.map(nameOf));
  }

  async #step(script: AtomicScript, report: Report, values: readonly (string | number)[]) {
    const { tenant, account, total, confirmed, seen } = report;
    // Braces keep both keys on one node of a cluster; a tenant's name may have braces of its own.
    const key = `ballast:budget:{${hash('sha256', tenant, 'base64url')}}`;
    const reply = await this.#store.run((redis) =>
      script.run(
        redis,
        [key, `${key}:leases`],
        [this.#leaseMs, account, total, confirmed, seen.day, seen.spent, ...values],
      ),
    );
    const [granted, day, spent, reserved] = reply as [number, number, number, number];
    return { granted: granted === 1, day, spent, reserved };
  }
}

const nameOf = ({ id, amount }: Lease) => `${id}:${amount}`;
