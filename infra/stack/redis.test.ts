import { describe, expect, it } from 'vitest';
import { describeRedis, redisLink, redisSettings } from './redis.ts';

const describeWith = (settings: object, keepData = false) =>
  describeRedis({ ...redisSettings.parse(settings), images: {}, rotation: 3, keepData });

const problems = (settings: object) =>
  redisSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the bundled Redis', () => {
  const { workloads, secrets } = describeWith({ maxMemory: '1gb' });
  const [workload] = workloads;

  it('is ready for its callers whatever its exporter does', () => {
    const [redis, exporter] = workload?.containers ?? [];
    expect(redis?.probes?.readiness).toBeDefined();
    expect(exporter?.probes).toMatchObject({ liveness: { http: { path: '/health', port: 'metrics' } } });
    expect(exporter?.probes).not.toHaveProperty('readiness');
  });

  it('is one copy with a volume, a password of its own and an exporter', () => {
    expect(workload).toMatchObject({ name: 'redis', runs: { as: 'stateful', replicas: 1 }, connections: [] });
    expect(workload?.volumes?.[0]).toMatchObject({ kind: 'persistent', size: '1Gi' });
    expect(workload?.containers.map(({ name }) => name)).toEqual(['redis', 'exporter']);
    expect(workload?.containers[1]?.ports).toEqual([{ name: 'metrics', number: 9121, metrics: {} }]);
    expect(secrets).toMatchObject([{ name: 'redis-auth', rotation: 3, keys: { password: { from: 'generated' } } }]);
  });

  it('evicts only what expires, and keeps an append-only file', () => {
    const files = workload?.volumes?.find((volume) => volume.kind === 'files')?.files;
    const lines = files?.['redis.conf']?.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['maxmemory 1gb', 'maxmemory-policy volatile-lru', 'appendonly yes', 'dir /data']),
    );
  });

  it('has no password in its configuration file', () => {
    expect(JSON.stringify(workload?.volumes)).not.toContain('requirepass');
  });

  it('protects its volume where data is to be kept', () => {
    expect(workload?.traits?.keepData).toBe(false);
    expect(describeWith({}, true).workloads[0]?.traits?.keepData).toBe(true);
  });

  it('is reached by a URL that names the password and does not hold it', () => {
    expect(redisLink(redisSettings.parse({}))).toEqual({
      url: 'redis://:$(REDIS_PASSWORD)@redis:6379',
      connection: { to: 'workload', workload: 'redis', port: 'redis' },
      secret: { secret: 'redis-auth', key: 'password' },
    });
  });
});

describe('an existing Redis', () => {
  const link = (settings: object) => redisLink(redisSettings.parse({ use: 'external', ...settings }));

  it('is reached with the password that the user gave', () => {
    const url = 'rediss://cache@10.1.2.3:6380/0';
    expect(link({ url, credential: 'redisPassword' })).toEqual({
      url: 'rediss://cache:$(REDIS_PASSWORD)@10.1.2.3:6380/0',
      connection: { to: 'addresses', cidrs: ['10.1.2.3/32'], ports: [6380] },
      secret: { secret: 'redis-auth', key: 'password' },
      secrets: [{ name: 'redis-auth', keys: { password: { from: 'credential', credential: 'redisPassword' } } }],
    });
  });

  it('is reached without one where none was given', () => {
    const egress = { cidrs: ['10.1.2.0/24'] };
    expect(link({ url: 'rediss://cache.example.com', egress })).toEqual({
      url: 'rediss://cache.example.com',
      connection: { to: 'addresses', cidrs: ['10.1.2.0/24'], ports: [6379] },
    });
  });

  it.each([
    [{}, 'url: needed with use: external'],
    [{ url: 'https://cache.example.com' }, 'url: a URL that starts with rediss or redis://'],
    [{ url: 'redis://:hunter2@cache.caches' }, 'url: a URL without a password, which belongs in ballast:credentials'],
    [{ url: 'redis://cache.example.com' }, /^egress: redis:\/\/cache\.example\.com: say in "egress"/],
    [{ url: 'redis://cache.caches', credential: 'a-b' }, /^credential: a name in ballast:credentials/],
  ])('is refused before anything is made when it is %j', (settings, message) => {
    expect(problems({ use: 'external', ...settings })).toEqual([
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
  });
});

it('leads nowhere when it is off', () => {
  expect(redisLink(redisSettings.parse({ use: 'off' }))).toBeUndefined();
});
