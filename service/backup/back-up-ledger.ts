import type { Logger } from '../telemetry/logger.ts';
import { BackupError } from './backup-error.ts';
import { getText, putText, type BackupStore } from './backup-store.ts';
import { dumpOf, entriesIn, type Ledger } from './ledger.ts';
import { setName } from './snapshot-set.ts';

/** The folder of all backups of the ledger. */
export const ledgerFolder = 'redis';

const keyOf = (name: string) => `${ledgerFolder}/${name}.json`;

/** What both work with. */
export interface LedgerBackup {
  readonly ledger: Ledger;
  readonly store: BackupStore;
  readonly log: Pick<Logger, 'info'>;
}

/** Stores what every tenant has spent, and removes all backups but the newest `keep`. */
export async function backUpLedger({ ledger, store, log, keep, now }: LedgerBackup & { keep: number; now: Date }) {
  const entries = await ledger.read();
  const name = setName(now);
  await putText(store, keyOf(name), dumpOf(entries));
  log.info({ backup: name, tenants: entries.length }, 'the budget ledger is stored');
  for (const key of (await store.list(ledgerFolder)).reverse().slice(keep)) await store.remove(key);
}

/**
 * Restores what tenants had spent; see {@link Ledger.restore}.
 *
 * @param backup name of a backup, or `latest`.
 * @param overwrite lower what has been spent since, too.
 */
export async function restoreLedger(
  { ledger, store, log }: LedgerBackup,
  { backup, overwrite }: { backup: string; overwrite: boolean },
): Promise<void> {
  const newest = (await store.list(ledgerFolder)).at(-1);
  const key = backup === 'latest' ? newest : keyOf(backup);
  if (key === undefined) throw new BackupError('there is no backup of the budget ledger');
  const entries = entriesIn(await getText(store, key), key);
  const outcomes: Record<string, number> = {};
  for (const entry of entries) {
    const outcome = await ledger.restore(entry, overwrite);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  log.info({ backup: key, tenants: entries.length, outcomes }, 'the budget ledger is restored');
}
