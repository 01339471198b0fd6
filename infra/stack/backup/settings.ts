import { z } from 'zod';
import { externalConnection, type Connection } from '../../connection.ts';
import { credentialName, cron, external, refuseUnknown, resources, setting, storage, use } from '../../settings.ts';

const objectStorage = z
  .strictObject({
    bucket: setting(
      z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'a bucket: 3 to 63 of a-z, 0-9, . and -' }),
      'The bucket. It has to be there.',
      'acme-ballast-backups',
    ),
    region: setting(
      z
        .string()
        .regex(/^[a-z0-9-]+$/, { error: 'a region such as eu-central-1' })
        .default('us-east-1'),
      'Its region; of stores that know none, what they are configured with.',
      'eu-central-1',
    ),
    prefix: setting(
      z
        .string()
        .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, { error: 'names of letters, digits, _ and -, with / between' })
        .default('ballast'),
      'What every key begins with; another one for each stack.',
      'ballast/prod',
    ),
    endpoint: setting(
      z
        .url({ protocol: /^https?$/ })
        .regex(/^https?:\/\/[^/@]+\/?$/, { error: 'a URL without a path and without a password' })
        .optional(),
      'Where a store other than Amazon S3 is.',
      'https://minio.example.com',
    ),
    egress: external.egress,
    accessKey: setting(
      credentialName.default('objectStorageAccessKey'),
      'Credential that holds the access key.',
      'objectStorageAccessKey',
    ),
    secretKey: setting(
      credentialName.default('objectStorageSecretKey'),
      'Credential that holds the secret key.',
      'objectStorageSecretKey',
    ),
  })
  .superRefine((storage, issues) => refuseUnknown(() => objectStorageConnection(storage), issues));

/** Configuration `ballast:backup`. */
export const backupSettings = z.strictObject({
  use: use(['bundled', 'off'], 'bundled'),
  schedule: setting(cron.default('0 3 * * *'), 'When snapshots of Qdrant are taken; a cron line in UTC.', '0 3 * * *'),
  drillSchedule: setting(
    cron.default('0 5 * * 0'),
    'When the newest snapshot is restored on trial; a cron line in UTC.',
    '0 5 * * 0',
  ),
  ledgerSchedule: setting(
    cron.default('30 * * * *'),
    'When the budget ledger in Redis is saved, which counts by the day; a cron line in UTC.',
    '30 * * * *',
  ),
  keep: setting(z.int().min(1).max(365).default(7), 'Newest snapshots that are kept, and savings of the ledger.', 14),
  storage: storage('5Gi'),
  objectStorage: setting(objectStorage.optional(), 'A bucket, in place of the volumes.', {
    bucket: 'acme-ballast-backups',
    region: 'eu-central-1',
  }),
  resources: resources('50m', '500m', '128Mi', '384Mi'),
});

/** Configuration `ballast:backup`, with its defaults. */
export type BackupSettings = z.output<typeof backupSettings>;

/** Configuration `ballast:backup.objectStorage`, with its defaults. */
export type ObjectStorage = NonNullable<BackupSettings['objectStorage']>;

/** Where the bucket is. https://docs.aws.amazon.com/general/latest/gr/s3.html */
export function objectStorageEndpoint({ endpoint, region }: Pick<ObjectStorage, 'endpoint' | 'region'>): string {
  return endpoint?.replace(/\/$/, '') ?? `https://s3.${region}.amazonaws.com`;
}

/** The way to the bucket. @throws when its endpoint does not tell where it is, and `egress` does not either. */
export function objectStorageConnection(
  storage: Pick<ObjectStorage, 'endpoint' | 'region'> & { egress?: ObjectStorage['egress'] },
): Connection {
  return externalConnection(objectStorageEndpoint(storage), storage.egress);
}
