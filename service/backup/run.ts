import { createLogger, type Logger } from '../telemetry/logger.ts';
import { version } from '../version.ts';
import { backUpLedger, restoreLedger } from './back-up-ledger.ts';
import { BackupError } from './backup-error.ts';
import { drill } from './drill.ts';
import { Ledger } from './ledger.ts';
import { restore } from './restore.ts';
import { JobSettings } from './settings.ts';
import { takeSnapshots } from './take-snapshots.ts';

// node backup/run.ts JOB: what the backup jobs run, from the API's own image. docs/handbook/backup-and-restore.md

type Job = (settings: JobSettings, log: Logger) => Promise<unknown>;

const jobs = new Map<string, Job>([
  ['snapshot', (settings, log) => takeSnapshots({ ...placesOf(settings), keep: settings.keep, log, now: new Date() })],
  [
    'restore',
    (settings, log) => {
      const collection = settings.required('RESTORE_COLLECTION', 'the name of a collection, or all');
      const snapshot = settings.required('RESTORE_SNAPSHOT', 'the name of a snapshot, or latest');
      return restore({ ...placesOf(settings), collection, snapshot, overwrite: settings.overwrite, log });
    },
  ],
  ['drill', (settings, log) => drill({ ...placesOf(settings), log })],
  [
    'redis-backup',
    (settings, log) => {
      const { store, keep } = settings;
      return withLedger(settings, (ledger) => backUpLedger({ ledger, store, log, keep, now: new Date() }));
    },
  ],
  [
    'redis-restore',
    (settings, log) => {
      const backup = settings.required('RESTORE_LEDGER', 'the name of a backup of the ledger, or latest');
      const { store, overwrite } = settings;
      return withLedger(settings, (ledger) => restoreLedger({ ledger, store, log }, { backup, overwrite }));
    },
  ],
]);

// What is stored is for this user and group alone.
process.umask(0o027);
const log = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast-backup' }, version);
const name = process.argv[2] ?? '';
try {
  const job = jobs.get(name);
  if (job === undefined) {
    throw new BackupError(`"${name}" is no job: ${[...jobs.keys()].join(', ')} are`);
  }
  await job(new JobSettings(process.env), log);
  process.exit(0);
} catch (err) {
  const isExpected = err instanceof BackupError;
  log.fatal(isExpected ? {} : { err }, isExpected ? err.message : 'the job failed by a fault of its own');
  process.exit(1);
}

function placesOf({ nodes, store }: JobSettings) {
  return { nodes, store };
}

async function withLedger(settings: JobSettings, work: (ledger: Ledger) => Promise<void>): Promise<void> {
  const ledger = await Ledger.connect(settings.required('REDIS_URL', 'where Redis is, with its password'));
  try {
    await work(ledger);
  } finally {
    ledger.close();
  }
}
