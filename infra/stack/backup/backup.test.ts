import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { qdrantLink, qdrantNodes, qdrantSettings } from '../qdrant/settings.ts';
import { redisLink, redisSettings } from '../redis.ts';
import { describeBackup, type BackupArgs } from './backup.ts';
import { backupSettings } from './settings.ts';

const bucket = { bucket: 'acme-backups', region: 'eu-central-1' };

function describeWith(settings: object, over: Partial<BackupArgs> = {}) {
  const qdrant = qdrantSettings.parse({ replicas: 3 });
  const { workloads, secrets } = describeBackup({
    ...backupSettings.parse(settings),
    image: 'ballast-api:1',
    qdrantNodes: qdrantNodes(qdrant),
    qdrant: qdrantLink(qdrant),
    redis: redisLink(redisSettings.parse({})),
    rotation: 4,
    keepData: true,
    ...over,
  });
  const named = (name: string) => {
    const workload = workloads.find((each) => each.name === name);
    if (workload === undefined) throw new Error(`there is no ${name}`);
    const [container] = workload.containers;
    return { ...workload, container, environment: container.environment ?? {} };
  };
  return { workloads, secrets, named };
}

const problems = (settings: object) =>
  backupSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the jobs', () => {
  const { workloads, named } = describeWith({ schedule: '0 1 * * *', drillSchedule: '0 2 * * 1', keep: 9 });

  it('are five, of the API’s own image, as its user, with scripts that are in it', () => {
    const names = ['qdrant-snapshot', 'qdrant-restore', 'restore-drill', 'redis-backup', 'redis-restore'];
    expect(workloads.map(({ name }) => name)).toEqual(names);
    for (const { user, containers } of workloads) {
      expect(user).toEqual({ uid: 10001, gid: 10001 });
      expect(containers[0]).toMatchObject({ image: 'ballast-api:1' });
      const script = containers[0].command?.[2] ?? '';
      expect(existsSync(join(import.meta.dirname, '../../../service', script))).toBe(true);
    }
  });

  it('run when they are told; what restores never runs by itself, and never twice', () => {
    expect(named('qdrant-snapshot').runs).toMatchObject({ cron: '0 1 * * *', suspended: false, retries: 1 });
    expect(named('restore-drill').runs).toMatchObject({ cron: '0 2 * * 1', suspended: false });
    expect(named('redis-backup').runs).toMatchObject({ cron: '30 * * * *', suspended: false });
    for (const name of ['qdrant-restore', 'redis-restore']) {
      expect(named(name).runs).toMatchObject({ suspended: true, retries: 0 });
    }
  });

  it('reach every node of Qdrant with its key, or Redis with its password, and nothing else', () => {
    const { container, connections, environment } = named('restore-drill');
    expect(environment['QDRANT_NODES']?.split(',')).toHaveLength(3);
    expect(container.secretEnvironment).toEqual({ QDRANT_API_KEY: { secret: 'qdrant-keys', key: 'api-key' } });
    expect(connections).toEqual([{ to: 'workload', workload: 'qdrant', port: 'http' }]);
    const redis = named('redis-backup');
    expect(redis.environment['REDIS_URL']).toBe('redis://:$(REDIS_PASSWORD)@redis:6379');
    expect(redis.container.secretEnvironment).toEqual({ REDIS_PASSWORD: { secret: 'redis-auth', key: 'password' } });
    expect(redis.connections).toEqual([{ to: 'workload', workload: 'redis', port: 'redis' }]);
  });

  it('show the operator what to fill in for a restore, and restore nothing without it', () => {
    expect(named('qdrant-restore').environment).toMatchObject({
      RESTORE_COLLECTION: '',
      RESTORE_SNAPSHOT: '',
      RESTORE_OVERWRITE: 'false',
    });
    expect(named('redis-restore').environment).toMatchObject({ RESTORE_LEDGER: '', RESTORE_OVERWRITE: 'false' });
  });

  it('keep backups on a volume for snapshots and one for the ledger, which others of their kind share', () => {
    const volumes = Object.fromEntries(workloads.map(({ name, volumes: [volume] = [] }) => [name, volume]));
    expect(volumes).toMatchObject({
      'qdrant-snapshot': { kind: 'persistent', name: 'backups', size: '5Gi' },
      'qdrant-restore': { kind: 'claim', claim: 'qdrant-snapshot-backups' },
      'restore-drill': { kind: 'claim', claim: 'qdrant-snapshot-backups' },
      'redis-backup': { kind: 'persistent', name: 'backups', size: '1Gi' },
      'redis-restore': { kind: 'claim', claim: 'redis-backup-backups' },
    });
    for (const { traits, containers } of workloads) {
      expect(traits).toEqual({ keepData: true });
      expect(containers[0].mounts).toEqual({ backups: containers[0].environment?.['BACKUP_FOLDER'] });
    }
  });

  it('keep as many as they are told', () => {
    expect(named('qdrant-snapshot').environment['BACKUP_KEEP']).toBe('9');
  });
});

describe('a bucket', () => {
  const { workloads, secrets, named } = describeWith({ objectStorage: bucket });

  it('takes the place of the volumes', () => {
    for (const { volumes, containers } of workloads) {
      expect(volumes).toEqual([]);
      expect(containers[0]).not.toHaveProperty('mounts');
      expect(containers[0].environment).not.toHaveProperty('BACKUP_FOLDER');
      expect(containers[0].environment).toMatchObject({
        BACKUP_S3_ENDPOINT: 'https://s3.eu-central-1.amazonaws.com',
        BACKUP_S3_BUCKET: 'acme-backups',
        BACKUP_S3_REGION: 'eu-central-1',
        BACKUP_S3_PREFIX: 'ballast',
      });
    }
  });

  it('is opened by keys that the user gave, which only the jobs have', () => {
    expect(secrets).toEqual([
      {
        name: 'object-storage',
        rotation: 4,
        keys: {
          'access-key': { from: 'credential', credential: 'objectStorageAccessKey' },
          'secret-key': { from: 'credential', credential: 'objectStorageSecretKey' },
        },
      },
    ]);
    expect(named('qdrant-snapshot').container.secretEnvironment).toMatchObject({
      BACKUP_S3_ACCESS_KEY: { secret: 'object-storage', key: 'access-key' },
      BACKUP_S3_SECRET_KEY: { secret: 'object-storage', key: 'secret-key' },
    });
    expect(describeWith({}).secrets).toEqual([]);
  });

  it('is the only further place that the jobs reach', () => {
    expect(named('qdrant-snapshot').connections.slice(1)).toEqual([{ to: 'internet' }]);
    const endpoint = 'http://minio.storage:9000/';
    const inCluster = describeWith({ objectStorage: { ...bucket, endpoint } }).named('redis-backup');
    expect(inCluster.connections.slice(1)).toEqual([{ to: 'namespace', namespace: 'storage', ports: [9000] }]);
    expect(inCluster.environment['BACKUP_S3_ENDPOINT']).toBe('http://minio.storage:9000');
  });
});

describe('what the stack does not run', () => {
  it('is not saved: neither an existing Qdrant nor an absent Redis', () => {
    const names = (over: Partial<BackupArgs>) => describeWith({}, over).workloads.map(({ name }) => name);
    expect(names({ qdrantNodes: [] })).toEqual(['redis-backup', 'redis-restore']);
    expect(names({ qdrant: undefined })).toEqual(['redis-backup', 'redis-restore']);
    expect(names({ redis: undefined })).toEqual(['qdrant-snapshot', 'qdrant-restore', 'restore-drill']);
  });

  it('needs no keys of a bucket, whatever the settings say, when nothing is saved', () => {
    const nothing = { qdrantNodes: [], qdrant: undefined, redis: undefined };
    expect(describeWith({ objectStorage: bucket }, nothing)).toMatchObject({ workloads: [], secrets: [] });
  });
});

describe('settings', () => {
  it('refuse an endpoint that does not tell where it is', () => {
    const endpoint = 'http://minio.corp.example:9000';
    expect(problems({ objectStorage: { ...bucket, endpoint } })).toEqual([
      expect.stringMatching(/^objectStorage.egress: .*minio.corp.example:9000.*egress/) as string,
    ]);
    expect(problems({ objectStorage: { ...bucket, endpoint, egress: { cidrs: ['10.0.0.5/32'] } } })).toBeUndefined();
  });

  it.each([
    [{ keep: 0 }, 'keep'],
    [{ schedule: 'daily' }, 'schedule'],
    [{ objectStorage: {} }, 'objectStorage.bucket'],
    [{ objectStorage: { bucket: 'Not A Bucket' } }, 'objectStorage.bucket'],
    [{ objectStorage: { ...bucket, prefix: '/a/' } }, 'objectStorage.prefix'],
    [{ objectStorage: { ...bucket, endpoint: 'https://user:secret@minio.example.com' } }, 'objectStorage.endpoint'],
  ])('refuse %o', (settings, key) => {
    expect(problems(settings)?.[0]).toContain(`${key}: `);
  });
});
