import type { Connection } from '../../connection.ts';
import type { SecretReference } from '../../secret.ts';
import type { Container, Volume, Workload } from '../../workload.ts';
import { apiUser } from '../api-image.ts';
import type { BackupArgs } from './backup.ts';
import { objectStorageConnection, objectStorageEndpoint, type ObjectStorage } from './settings.ts';

/** One job of the backup, and what it has beyond what all have. */
export interface Job {
  readonly name: string;
  /** The argument of service/backup/run.ts. */
  readonly runs: 'snapshot' | 'restore' | 'drill' | 'redis-backup' | 'redis-restore';
  /** Absent for what runs only when an operator makes a job of it, and then once. */
  readonly cron?: string;
  readonly deadlineSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly secretEnvironment: Readonly<Record<string, SecretReference>>;
  readonly connection: Connection;
  /** Name of the job whose volume holds the backups, unless they are in a bucket. */
  readonly volumeOf: 'qdrant-snapshot' | 'redis-backup';
}

/** A schedule is asked for even of what never runs by it. */
const never = '0 0 1 1 *';

/** Where a volume with backups is mounted. */
const folder = '/backups';

/** A saving of the ledger has about 200 bytes for each tenant and replica. */
const ledgerVolume = '1Gi';

/** A job that runs a script of the API's image, with its way to where backups are. */
export function describeJob(job: Job, args: BackupArgs): Workload {
  const { objectStorage } = args;
  const { name, cron, deadlineSeconds } = job;
  const suspended = cron === undefined;
  return {
    name,
    component: 'backup',
    runs: { as: 'schedule', cron: cron ?? never, deadlineSeconds, suspended, retries: suspended ? 0 : 1 },
    user: apiUser,
    containers: [container(job, args)],
    volumes: objectStorage === undefined ? [volume(job, args)] : [],
    connections:
      objectStorage === undefined ? [job.connection] : [job.connection, objectStorageConnection(objectStorage)],
    traits: { keepData: args.keepData },
  };
}

function container(job: Job, { image, keep, objectStorage, resources }: BackupArgs): Container {
  return {
    name: 'backup',
    image,
    // In the image's working directory, as its own entry point.
    command: ['node', '--no-warnings', 'backup/run.ts', job.runs],
    environment: {
      ...job.environment,
      BACKUP_KEEP: String(keep),
      ...(objectStorage === undefined ? { BACKUP_FOLDER: folder } : bucketEnvironment(objectStorage)),
    },
    secretEnvironment: {
      ...job.secretEnvironment,
      ...(objectStorage !== undefined && {
        BACKUP_S3_ACCESS_KEY: { secret: 'object-storage', key: 'access-key' },
        BACKUP_S3_SECRET_KEY: { secret: 'object-storage', key: 'secret-key' },
      }),
    },
    ...(objectStorage === undefined && { mounts: { backups: folder } }),
    resources,
  };
}

function bucketEnvironment(storage: ObjectStorage): Record<string, string> {
  return {
    BACKUP_S3_ENDPOINT: objectStorageEndpoint(storage),
    BACKUP_S3_BUCKET: storage.bucket,
    BACKUP_S3_REGION: storage.region,
    BACKUP_S3_PREFIX: storage.prefix,
  };
}

/** Snapshots and the ledger have a volume each, so that a job never waits for one of the other kind on another machine. */
function volume({ name, volumeOf }: Job, { storage }: BackupArgs): Volume {
  if (name !== volumeOf) return { kind: 'claim', name: 'backups', claim: `${volumeOf}-backups` };
  const size = volumeOf === 'redis-backup' ? ledgerVolume : storage.size;
  return { kind: 'persistent', name: 'backups', size, storageClass: storage.class };
}
