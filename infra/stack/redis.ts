import { z } from 'zod';
import { externalConnection, type Connection, type Link } from '../connection.ts';
import { imageReference, type ImageOverrides } from '../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';
import type { SecretReference } from '../secret.ts';
import { checkExternal, credentialName, external, resources, setting, storage, use } from '../settings.ts';
import type { Container } from '../workload.ts';

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  url: setting(
    z.url().optional(),
    'Where the existing one is; with use: external. Its eviction must spare keys without an expiry, as volatile-lru does.',
    'rediss://cache.example.com:6380/0',
  ),
  credential: setting(
    credentialName.optional(),
    "Credential that holds the existing one's password, percent-encoded where a URL demands that; none when absent.",
    'redisPassword',
  ),
  maxMemory: setting(
    z
      .string()
      .regex(/^\d+(mb|gb)$/, { error: 'a size such as 200mb or 1gb' })
      .default('96mb'),
    'Memory for keys; the least recently used keys that may expire go first beyond it. Well under the memory limit.',
    '1gb',
  ),
  storage: storage('1Gi'),
  resources: resources('50m', '500m', '64Mi', '192Mi'),
});

/** Configuration `ballast:redis`. */
export const redisSettings = checkExternal(shape, ['rediss', 'redis']);

/** Configuration `ballast:redis`, with its defaults. */
export type RedisSettings = z.output<typeof redisSettings>;

/** What Redis is made from. */
export interface RedisArgs extends RedisSettings {
  readonly images: ImageOverrides;
  /** Rotations of the secret `redis-auth`. */
  readonly rotation: number;
  /** Protect the volume. */
  readonly keepData: boolean;
}

const port = 6379;
const password: SecretReference = { secret: 'redis-auth', key: 'password' };

/** How to reach Redis; `undefined` when it is off. The URL names the password as `$(REDIS_PASSWORD)`. */
export function redisLink(settings: RedisSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'bundled') {
    const connection: Connection = { to: 'workload', workload: 'redis', port: 'redis' };
    return { url: `redis://:$(REDIS_PASSWORD)@redis:${port}`, connection, secret: password };
  }
  const { url: given = '', egress, credential } = settings;
  const url = new URL(given);
  const connection = externalConnection(given, egress);
  if (credential === undefined) return { url: url.href, connection };
  url.password = '$(REDIS_PASSWORD)';
  const keys = { password: { from: 'credential', credential } } as const;
  return { url: url.href, connection, secret: password, secrets: [{ name: 'redis-auth', keys }] };
}

/** Redis with an append-only file, a password from a file, and its exporter beside it. */
export function describeRedis(args: RedisArgs): PartDescription {
  return {
    secrets: [
      {
        name: 'redis-auth',
        rotation: args.rotation,
        keys: {
          password: { from: 'generated', length: 32 },
          'auth.conf': { from: 'template', template: 'requirepass $(password)\n' },
        },
      },
    ],
    workloads: [
      {
        name: 'redis',
        component: 'cache',
        runs: { as: 'stateful', replicas: 1 },
        // The image's own user and group: https://github.com/redis/docker-library-redis
        user: { uid: 999, gid: 999 },
        containers: [redisContainer(args), exporterContainer(args)],
        volumes: [
          { kind: 'persistent', name: 'data', size: args.storage.size, storageClass: args.storage.class },
          { kind: 'files', name: 'configuration', files: { 'redis.conf': redisConfiguration(args) } },
          { kind: 'secret-files', name: 'auth', secret: 'redis-auth', keys: { 'auth.conf': 'auth.conf' } },
        ],
        connections: [],
        // It writes the append-only file to disk at SIGTERM.
        stopping: { graceSeconds: 30 },
        traits: { keepData: args.keepData },
        policyExceptions: { probes: 'An exporter that is not ready must not take Redis from its callers.' },
      },
    ],
  };
}

/** The part Redis. */
export class Redis extends Part {
  constructor(args: RedisArgs, platform: Platform, options?: PartOptions) {
    super('Redis', 'redis', describeRedis(args), platform, options);
  }
}

function redisContainer(args: RedisArgs): Container {
  return {
    name: 'redis',
    image: imageReference('redis', args.images),
    command: ['redis-server', '/etc/redis/redis.conf'],
    secretEnvironment: { REDISCLI_AUTH: password },
    ports: [{ name: 'redis', number: port }],
    mounts: { data: '/data', configuration: '/etc/redis', auth: '/etc/redis-auth' },
    probes: {
      startup: { tcp: { port: 'redis' }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 },
      liveness: { tcp: { port: 'redis' }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
      // `ping` answers an error while the append-only file is read, and redis-cli then still exits with 0.
      readiness: {
        command: ['sh', '-c', 'redis-cli ping | grep -q PONG'],
        periodSeconds: 5,
        timeoutSeconds: 2,
        failureThreshold: 2,
      },
    },
    resources: args.resources,
  };
}

function exporterContainer(args: RedisArgs): Container {
  return {
    name: 'exporter',
    image: imageReference('redisExporter', args.images),
    environment: { REDIS_ADDR: `redis://127.0.0.1:${port}` },
    secretEnvironment: { REDIS_PASSWORD: password },
    // https://github.com/oliver006/redis_exporter
    ports: [{ name: 'metrics', number: 9121, metrics: {} }],
    // No readiness: a pod is ready when all of its containers are, and Redis serves without its exporter.
    probes: {
      liveness: {
        http: { path: '/health', port: 'metrics' },
        periodSeconds: 10,
        timeoutSeconds: 2,
        failureThreshold: 3,
      },
    },
    resources: { cpu: { request: '10m', limit: '100m' }, memory: { request: '16Mi', limit: '64Mi' } },
  };
}

/**
 * `volatile-lru` evicts only keys that expire: answers, leases. The budget ledger has no expiry, so that no tenant's spending
 * is forgotten when memory is short.
 */
function redisConfiguration(args: RedisArgs): string {
  const settings: readonly (readonly [string, string])[] = [
    ['dir', '/data'],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['save', '""'],
    ['maxmemory', args.maxMemory],
    ['maxmemory-policy', 'volatile-lru'],
    ['protected-mode', 'no'],
    ['include', '/etc/redis-auth/auth.conf'],
  ];
  return settings.map(([key, value]) => `${key} ${value}\n`).join('');
}
