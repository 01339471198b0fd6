import type { Input } from '@pulumi/pulumi';
import type { Link } from '../../connection.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretDescription } from '../../secret.ts';
import type { Workload } from '../../workload.ts';
import { describeJob, type Job } from './job.ts';
import type { BackupSettings } from './settings.ts';

/** What backups are made from. */
export interface BackupArgs extends BackupSettings {
  /** Reference of the API's image, from which every job runs. */
  readonly image: Input<string>;
  /** Nodes of the bundled Qdrant by their URLs; without any there are no snapshots. Who runs an existing one backs it up. */
  readonly qdrantNodes: readonly string[];
  /** How Qdrant is reached, for its key and its edge. */
  readonly qdrant?: Link | undefined;
  /** How Redis is reached; without it there is no ledger to save. */
  readonly redis?: Link | undefined;
  /** Rotations of the secret `object-storage`. */
  readonly rotation: number;
  /** Protect the volumes. */
  readonly keepData: boolean;
}

/** Seconds: as long as a copy of some hundred GB takes within a cluster. */
const longest = 6 * 3600;

/** Snapshots of every node of Qdrant with a restore and a drill, and savings of the budget ledger with a restore. */
export function describeBackup(args: BackupArgs): PartDescription {
  const { qdrantNodes, qdrant, redis } = args;
  const workloads: Workload[] = [
    ...(qdrantNodes.length > 0 && qdrant ? qdrantJobs(args, qdrant) : []),
    ...(redis ? redisJobs(args, redis) : []),
  ];
  return { workloads, secrets: workloads.length === 0 ? [] : secrets(args) };
}

/** The part Backup. */
export class Backup extends Part {
  constructor(args: BackupArgs, platform: Platform, options?: PartOptions) {
    super('Backup', 'backup', describeBackup(args), platform, options);
  }
}

function qdrantJobs(args: BackupArgs, { secret }: Link): Workload[] {
  const { schedule, drillSchedule, qdrantNodes } = args;
  const environment = { QDRANT_NODES: qdrantNodes.join(',') };
  const restoring = { RESTORE_COLLECTION: '', RESTORE_SNAPSHOT: '', RESTORE_OVERWRITE: 'false' };
  const common = {
    environment,
    secretEnvironment: secret === undefined ? {} : { QDRANT_API_KEY: secret },
    connection: { to: 'workload', workload: 'qdrant', port: 'http' },
    volumeOf: 'qdrant-snapshot',
    deadlineSeconds: longest,
  } as const;
  const jobs: Job[] = [
    { ...common, name: 'qdrant-snapshot', runs: 'snapshot', cron: schedule },
    { ...common, name: 'qdrant-restore', runs: 'restore', environment: { ...environment, ...restoring } },
    { ...common, name: 'restore-drill', runs: 'drill', cron: drillSchedule },
  ];
  return jobs.map((job) => describeJob(job, args));
}

function redisJobs(args: BackupArgs, { url, connection, secret }: Link): Workload[] {
  const environment = { REDIS_URL: url };
  const restoring = { RESTORE_LEDGER: '', RESTORE_OVERWRITE: 'false' };
  const common = {
    environment,
    secretEnvironment: secret === undefined ? {} : { REDIS_PASSWORD: secret },
    connection,
    volumeOf: 'redis-backup',
    deadlineSeconds: 600,
  } as const;
  const jobs: Job[] = [
    { ...common, name: 'redis-backup', runs: 'redis-backup', cron: args.ledgerSchedule },
    { ...common, name: 'redis-restore', runs: 'redis-restore', environment: { ...environment, ...restoring } },
  ];
  return jobs.map((job) => describeJob(job, args));
}

function secrets({ objectStorage, rotation }: BackupArgs): SecretDescription[] {
  if (objectStorage === undefined) return [];
  const keys = {
    'access-key': { from: 'credential', credential: objectStorage.accessKey },
    'secret-key': { from: 'credential', credential: objectStorage.secretKey },
  } as const;
  return [{ name: 'object-storage', rotation, keys }];
}
