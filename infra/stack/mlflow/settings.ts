import { z } from 'zod';
import { externalConnection } from '../../connection.ts';
import {
  checkExternal,
  credentialName,
  external,
  refuseUnknown,
  resources,
  setting,
  storage,
  use,
} from '../../settings.ts';

const database = z
  .strictObject({
    address: setting(
      z.url({ protocol: /^postgresql$/, error: 'a URL that starts with postgresql://' }),
      'Where the database is, without user and password: what the network policy opens.',
      'postgresql://postgres.databases:5432',
    ),
    egress: external.egress,
    credential: setting(
      credentialName,
      'Credential that holds the whole URL: postgresql://user:password@host:5432/name.',
      'mlflowStoreUrl',
    ),
  })
  .superRefine(({ address, egress }, issues) => {
    if (issues.issues.length > 0) return;
    if (new URL(address).password !== '') {
      issues.addIssue({ code: 'custom', path: ['address'], message: 'an address without a password' });
    }
    refuseUnknown(() => externalConnection(address, egress), issues);
  });

const artifacts = z
  .strictObject({
    destination: setting(
      z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/\S*)?$/, { error: 's3://bucket/folder' }),
      'Bucket and folder.',
      's3://models/mlflow',
    ),
    endpoint: setting(z.url().optional(), "S3-compatible endpoint; Amazon's unless set.", 'http://minio.storage:9000'),
    egress: external.egress,
    accessKey: setting(credentialName, 'Credential that holds the access key.', 's3AccessKey'),
    secretKey: setting(credentialName, 'Credential that holds the secret key.', 's3SecretKey'),
  })
  .superRefine(({ endpoint, egress }, issues) => {
    if (endpoint !== undefined) refuseUnknown(() => externalConnection(endpoint, egress), issues);
  });

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  hosts: setting(
    z
      .array(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, { error: 'a host name, with its port if it is not usual' }))
      .default([]),
    'Further names under which it is called, beside its own in the cluster and localhost.',
    ['mlflow.example.com'],
  ),
  database: setting(database.optional(), 'PostgreSQL for runs, models and traces; SQLite on the volume unless set.', {
    address: 'postgresql://postgres.databases:5432',
    credential: 'mlflowStoreUrl',
  }),
  artifacts: setting(artifacts.optional(), 'Object storage for artifacts; the volume unless set.', {
    destination: 's3://models/mlflow',
    accessKey: 's3AccessKey',
    secretKey: 's3SecretKey',
  }),
  workers: setting(z.int().min(1).max(16).default(1), 'Processes that serve, of about 250 MB each.', 2),
  storage: storage('2Gi'),
  resources: resources('100m', '1', '512Mi', '1Gi'),
});

/** Configuration `ballast:mlflow`. */
export const mlflowSettings = checkExternal(shape, ['http', 'https']);

/** Configuration `ballast:mlflow`, with its defaults. */
export type MlflowSettings = z.output<typeof mlflowSettings>;
