import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { images } from '../../images.ts';
import { describeMlflow, mlflowLink } from './mlflow.ts';
import { mlflowSettings } from './settings.ts';

const describeWith = (settings: object) =>
  describeMlflow({ ...mlflowSettings.parse(settings), images: {}, namespace: 'rag', rotation: 2, keepData: true });

const problems = (settings: object) =>
  mlflowSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

const database = { address: 'postgresql://postgres.databases', credential: 'mlflowStoreUrl' };
const artifacts = { destination: 's3://models/mlflow', accessKey: 's3AccessKey', secretKey: 's3SecretKey' };

it('is the release that the tests run', () => {
  const pins = readFileSync(join(import.meta.dirname, '../../../tools/mlflow/requirements.txt'), 'utf8');
  const version = /:v(.+)-full$/.exec(images.mlflow)?.[1];
  expect(pins).toContain(`\nmlflow==${version}\n`);
});

describe('MLflow on a volume', () => {
  const { workloads, secrets } = describeWith({});
  const [workload] = workloads;

  it('is one copy with SQLite and artifacts on it, and calls nobody', () => {
    expect(workload?.runs).toEqual({ as: 'stateful', replicas: 1 });
    expect(workload?.volumes?.[0]).toMatchObject({ kind: 'persistent', name: 'data', size: '2Gi' });
    expect(workload?.containers[0].environment).toMatchObject({
      MLFLOW_BACKEND_STORE_URI: 'sqlite:////data/mlflow.db',
    });
    expect(workload?.containers[0].command?.join(' ')).toContain('--artifacts-destination /data/artifacts');
    expect(workload?.connections).toEqual([]);
    expect(workload?.traits?.keepData).toBe(true);
  });

  it('says its port, and the names under which it may be called, without a pattern that a stranger’s name fits', () => {
    const command = workload?.containers[0].command?.join(' ');
    expect(command).toContain('--host 0.0.0.0 --port 5001');
    expect(command).toContain(
      '--allowed-hosts mlflow:5001,mlflow.rag:5001,mlflow.rag.svc:5001,mlflow.rag.svc.cluster.local:5001,localhost:*,127.0.0.1:*',
    );
    expect(mlflowSettings.safeParse({ hosts: ['*'] }).success).toBe(false);
  });

  it('encrypts with a passphrase of its own, which no rotation replaces', () => {
    expect(secrets).toEqual([
      { name: 'mlflow-encryption', rotation: 1, keys: { passphrase: { from: 'generated', length: 48 } } },
    ]);
  });
});

describe('MLflow on PostgreSQL and object storage', () => {
  const { workloads, secrets } = describeWith({ database, artifacts });
  const [workload] = workloads;

  it('has no volume, and never two copies at once', () => {
    expect(workload?.runs).toEqual({ as: 'service', replicas: 1, update: 'recreate' });
    expect(workload?.volumes?.map(({ name }) => name)).toEqual(['temporary']);
    expect(workload?.containers[0].mounts).toEqual({ temporary: '/tmp' });
  });

  it('takes the URL and the keys from the user’s credentials', () => {
    expect(secrets?.[1]).toEqual({
      name: 'mlflow-store',
      rotation: 2,
      keys: {
        url: { from: 'credential', credential: 'mlflowStoreUrl' },
        'access-key': { from: 'credential', credential: 's3AccessKey' },
        'secret-key': { from: 'credential', credential: 's3SecretKey' },
      },
    });
    expect(workload?.containers[0].environment).not.toHaveProperty('MLFLOW_BACKEND_STORE_URI');
    expect(workload?.containers[0].secretEnvironment).toMatchObject({
      MLFLOW_BACKEND_STORE_URI: { secret: 'mlflow-store', key: 'url' },
      AWS_ACCESS_KEY_ID: { secret: 'mlflow-store', key: 'access-key' },
      AWS_SECRET_ACCESS_KEY: { secret: 'mlflow-store', key: 'secret-key' },
    });
  });

  it('reaches both', () => {
    expect(workload?.connections).toEqual([
      { to: 'namespace', namespace: 'databases', ports: [5432] },
      { to: 'internet' },
    ]);
    const endpoint = 'http://minio.storage:9000';
    const own = describeWith({ artifacts: { ...artifacts, endpoint } }).workloads[0];
    expect(own?.connections).toEqual([{ to: 'namespace', namespace: 'storage', ports: [9000] }]);
    expect(own?.containers[0].environment).toMatchObject({ MLFLOW_S3_ENDPOINT_URL: endpoint });
    expect(own?.runs.as).toBe('stateful');
  });

  it.each([
    [
      { database: { ...database, address: 'postgresql://u:p@postgres.databases' } },
      /^database\.address: an address without/,
    ],
    [
      { database: { ...database, address: 'mysql://mysql.databases' } },
      /^database\.address: a URL that starts with postgre/,
    ],
    [{ database: { ...database, address: 'postgresql://db.example.com' } }, /^database\.egress: .*say in "egress"/],
    [{ artifacts: { ...artifacts, endpoint: 'http://s3.example.com' } }, /^artifacts\.egress: .*say in "egress"/],
    [{ artifacts: { ...artifacts, destination: '/tmp' } }, /^artifacts\.destination: s3:/],
  ])('is refused before anything is made when it is %j', (settings, message) => {
    expect(problems(settings)).toEqual([expect.stringMatching(message)]);
  });
});

it('is reached in the stack, at its URL, or not at all', () => {
  const link = (settings: object) => mlflowLink(mlflowSettings.parse(settings));
  expect(link({})).toEqual({
    url: 'http://mlflow:5001',
    connection: { to: 'workload', workload: 'mlflow', port: 'http' },
  });
  expect(link({ use: 'external', url: 'https://mlflow.example.com/' })).toEqual({
    url: 'https://mlflow.example.com',
    connection: { to: 'internet' },
  });
  expect(link({ use: 'off' })).toBeUndefined();
});
