import { createLogger, type Logger } from '../telemetry/logger.ts';
import { version } from '../version.ts';
import { backUpLedger, ledgerFolder, restoreLedger } from './back-up-ledger.ts';
import { BackupError } from './backup-error.ts';
import type { BackupStore } from './backup-store.ts';
import { drill } from './drill.ts';
import { patientContact } from './first-contact.ts';
import { Ledger } from './ledger.ts';
import { restore } from './restore.ts';
import { JobSettings } from './settings.ts';
import { setsFolder } from './snapshot-set.ts';
import { takeSnapshots } from './take-snapshots.ts';

// node backup/run.ts JOB: what the backup jobs run, from the API's own image. docs/handbook/backup-and-restore.md

type Job = (settings: JobSettings, log: Logger) => Promise<unknown>;

// Every setting is read before anything is waited for.
const jobs = new Map<string, Job>([
  [
    'snapshot',
    async (settings, log) => {
      const { nodes, store, keep } = settings;
      await reach(store, setsFolder);
      return takeSnapshots({ nodes, store, keep, log, now: new Date() });
    },
  ],
  [
    'restore',
    async (settings, log) => {
      const collection = settings.required('RESTORE_COLLECTION', 'the name of a collection, or all');
      const snapshot = settings.required('RESTORE_SNAPSHOT', 'the name of a snapshot, or latest');
      const { nodes, store, overwrite } = settings;
      await reach(store, setsFolder);
      return restore({ nodes, store, collection, snapshot, overwrite, log });
    },
  ],
  [
    'drill',
    async (settings, log) => {
      const { nodes, store } = settings;
      await reach(store, setsFolder);
      return drill({ nodes, store, log });
    },
  ],
  [
    'redis-backup',
    (settings, log) => {
      const { store, keep } = settings;
      return withLedger(settings, store, (ledger) => backUpLedger({ ledger, store, log, keep, now: new Date() }));
    },
  ],
  [
    'redis-restore',
    (settings, log) => {
      const backup = settings.required('RESTORE_LEDGER', 'the name of a backup of the ledger, or latest');
      const { store, overwrite } = settings;
      return withLedger(settings, store, (ledger) => restoreLedger({ ledger, store, log }, { backup, overwrite }));
    },
  ],
]);

// What is stored is for this user and group alone.
process.umask(0o027);
const log = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast-backup' }, version);
const firstContact = patientContact(log);
const name = process.argv[2] ?? '';
try {
  const job = jobs.get(name);
  if (job === undefined) {
    throw new BackupError(`"${name}" is no job: ${[...jobs.keys()].join(', ')} are`);
  }
  await job(new JobSettings(process.env, firstContact), log);
  process.exit(0);
} catch (err) {
  const isExpected = err instanceof BackupError;
  log.fatal(isExpected ? {} : { err }, isExpected ? err.message : 'the job failed by a fault of its own');
  process.exit(1);
}

/** The first contact with where backups are. */
function reach(store: BackupStore, folder: string): Promise<unknown> {
  return firstContact(() => store.list(folder));
}

async function withLedger(
  settings: JobSettings,
  store: BackupStore,
  work: (ledger: Ledger) => Promise<void>,
): Promise<void> {
  const url = settings.required('REDIS_URL', 'where Redis is, with its password');
  await reach(store, ledgerFolder);
  const ledger = await firstContact(() => Ledger.connect(url));
  try {
    await work(ledger);
  } finally {
    ledger.close();
  }
}
