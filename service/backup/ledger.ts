import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { AtomicScript } from '../limits/atomic-script.ts';
import { redisOptions } from '../redis/redis-options.ts';
import { BackupError, UnreachableError } from './backup-error.ts';

/** Milliseconds for one command, and for the connection. */
const redisMs = 10_000;

/** Keys of the budget ledger, as service/limits/budget-ledger.ts names them; leases live for minutes and are left out. */
const keys = { pattern: 'ballast:budget:{*}', name: /^ballast:budget:\{[\w-]+\}$/ };

const amount = z.string().regex(/^\d+$/);

const entry = z.object({
  key: z.string().regex(keys.name),
  /** Days since 1970, UTC. */
  day: amount,
  /** Nano-dollars spent on that day. */
  spent: amount,
  /** Nano-dollars by account, since each was made. */
  accounts: z.record(z.string(), amount),
});

const dump = z.object({ format: z.literal(1), entries: z.array(entry), sha256: z.string() });

/** What one tenant has spent. */
export type LedgerEntry = z.output<typeof entry>;

/** What came of restoring one entry. */
export type LedgerOutcome = 'restored' | 'kept, as it is newer' | 'of an earlier day';

/**
 * KEYS: the tenant's hash. ARGV: whether to lower what is there; day, spent; then each account with its total. Of accounts
 * the higher total counts: with a lower one the account's next report would be counted twice.
 */
const restoreScript = new AtomicScript(`
local lower, day, spent = ARGV[1] == '1', tonumber(ARGV[2]), tonumber(ARGV[3])
local function read(field) return tonumber(redis.call('HGET', KEYS[1], field) or '-1') end
if day < math.floor(redis.call('TIME')[1] / 86400) then return 'of an earlier day' end
if not lower and (read('day') > day or (read('day') == day and read('spent') >= spent)) then
  return 'kept, as it is newer'
end
redis.call('HSET', KEYS[1], 'day', ARGV[2], 'spent', ARGV[3])
for i = 4, #ARGV, 2 do
  if tonumber(ARGV[i + 1]) > read(ARGV[i]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
return 'restored'
`);

/** The budget ledger of all tenants, in Redis. Methods throw a {@link BackupError}. */
export class Ledger {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @param url `REDIS_URL`. */
  static async connect(url: string): Promise<Ledger> {
    const limits = { connectTimeout: redisMs, socketTimeout: redisMs, retryStrategy: () => null };
    const redis = new Redis({ ...redisOptions(url), ...limits });
    let reason: Error | undefined;
    redis.on('error', (error) => (reason = error));
    // Who waits for the connection is told only that it was closed.
    await failAs(
      'cannot be reached',
      () => redis.connect(),
      () => reason,
    );
    return new Ledger(redis);
  }

  /** What every tenant has spent. */
  async read(): Promise<LedgerEntry[]> {
    return failAs('could not be read', async () => {
      // A scan may come upon a key more than once.
      const found = new Map<string, LedgerEntry>();
      for await (const page of this.#redis.scanStream({ match: keys.pattern, count: 500, type: 'hash' })) {
        for (const key of page as string[]) {
          const fields = await this.#redis.hgetall(key);
          const { day, spent } = fields;
          if (!keys.name.test(key) || day === undefined || spent === undefined) continue;
          const accounts = Object.entries(fields).filter(([field]) => field.startsWith('account:'));
          found.set(key, { key, day, spent, accounts: Object.fromEntries(accounts) });
        }
      }
      return [...found.values()];
    });
  }

  /**
   * Restores what one tenant had spent, in one step. More spending of the same or a later day stays, and nothing comes back
   * from a day that is over.
   *
   * @param lower replace more spending too.
   */
  async restore({ key, day, spent, accounts }: LedgerEntry, lower: boolean): Promise<LedgerOutcome> {
    const values = [lower ? '1' : '0', day, spent, ...Object.entries(accounts).flat()];
    return failAs('could not be written', async () => {
      return (await restoreScript.run(this.#redis, [key], values)) as LedgerOutcome;
    });
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** The text of a backup, with a checksum. */
export function dumpOf(entries: readonly LedgerEntry[]): string {
  return JSON.stringify({ format: 1, entries, sha256: hashOf(entries) });
}

/** The entries of a backup. @throws {BackupError} when the text is damaged. */
export function entriesIn(text: string, name: string): LedgerEntry[] {
  try {
    const { entries, sha256 } = dump.parse(JSON.parse(text));
    if (sha256 === hashOf(entries)) return entries;
  } catch {
    // Said below.
  }
  throw new BackupError(`the backup ${name} of the budget ledger is damaged`);
}

function hashOf(entries: readonly LedgerEntry[]): string {
  const lines = entries.map(({ key, day, spent, accounts }) => [key, day, spent, Object.entries(accounts).sort()]);
  return createHash('sha256').update(JSON.stringify(lines)).digest('hex');
}

async function failAs<T>(what: string, work: () => Promise<T>, reason?: () => Error | undefined): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message, name } = (reason?.() ?? error) as { code?: string; message?: string; name?: string };
    const Failure = name === 'ReplyError' ? BackupError : UnreachableError;
    // The first word of a refusal is its code; what follows may quote what was sent.
    throw new Failure(`Redis ${what} (${code ?? String(message).split(' ')[0]})`, { cause: error });
  }
}
