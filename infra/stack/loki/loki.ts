import { stringify } from 'yaml';
import { z } from 'zod';
import { externalLink, type Link } from '../../connection.ts';
import { imageReference, type ImageOverrides } from '../../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import { checkExternal, external, resources, setting, storage, use } from '../../settings.ts';
import type { Container, Workload } from '../../workload.ts';
import { alloyWorkload } from './alloy.ts';

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  url: setting(z.url().optional(), 'Where the existing one is; with use: external.', 'http://loki.logging:3100'),
  retentionDays: setting(z.int().min(1).max(3650).default(14), 'Days that logs are kept.', 14),
  storage: storage('5Gi'),
  // An idle one has 150 MB.
  resources: resources('50m', '500m', '192Mi', '512Mi'),
  alloy: setting(
    z.strictObject({ resources: resources('50m', '300m', '96Mi', '256Mi') }).prefault({}),
    'Alloy, which reads the logs of the pods.',
    {},
  ),
});

/** Configuration `ballast:loki`. */
export const lokiSettings = checkExternal(shape, ['https', 'http']);

/** Configuration `ballast:loki`, with its defaults. */
export type LokiSettings = z.output<typeof lokiSettings>;

/** What Loki and Alloy are made from. */
export interface LokiArgs extends LokiSettings {
  readonly images: ImageOverrides;
  readonly namespace: string;
  /** Protect the volume. */
  readonly keepData: boolean;
  /** The API's logs come by way of the stack's collector, so that Alloy leaves its pods out. */
  readonly apiSendsLogs: boolean;
}

/** How to reach Loki; `undefined` when it is off. */
export function lokiLink(settings: LokiSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'external') return externalLink(settings);
  return { url: 'http://loki:3100', connection: { to: 'workload', workload: 'loki', port: 'http' } };
}

/** Loki on one volume, and Alloy, which brings it the pods' logs; an existing Loki gets Alloy alone. */
export function describeLoki(args: LokiArgs): PartDescription {
  const link = lokiLink(args);
  if (link === undefined) return { workloads: [] };
  const { images, namespace, apiSendsLogs } = args;
  const alloy = alloyWorkload({ ...args.alloy, images, namespace, apiSendsLogs, loki: link });
  return { workloads: args.use === 'bundled' ? [lokiWorkload(args), alloy] : [alloy] };
}

/** The part Loki. */
export class Loki extends Part {
  constructor(args: LokiArgs, platform: Platform, options?: PartOptions) {
    super('Loki', 'loki', describeLoki(args), platform, options);
  }
}

function lokiWorkload(args: LokiArgs): Workload {
  return {
    name: 'loki',
    component: 'logs',
    runs: { as: 'stateful', replicas: 1 },
    // The image's own user: https://github.com/grafana/loki (cmd/loki/Dockerfile)
    user: { uid: 10001, gid: 10001 },
    containers: [container(args)],
    volumes: [
      { kind: 'persistent', name: 'data', size: args.storage.size, storageClass: args.storage.class },
      { kind: 'files', name: 'configuration', files: { 'loki.yaml': configuration(args) } },
      { kind: 'scratch', name: 'tmp', size: '64Mi' },
    ],
    connections: [],
    stopping: { graceSeconds: 60 },
    traits: { keepData: args.keepData },
  };
}

function container(args: LokiArgs): Container {
  // `/ready` is 503 for a while after the start and while the ring settles: it tells of traffic, not of life.
  const ready = { http: { path: '/ready', port: 'http' } };
  return {
    name: 'loki',
    image: imageReference('loki', args.images),
    args: ['-config.file=/etc/loki/loki.yaml'],
    ports: [{ name: 'http', number: 3100, metrics: {} }],
    mounts: { data: '/loki', configuration: '/etc/loki', tmp: '/tmp' },
    probes: {
      startup: { ...ready, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 60 },
      liveness: { tcp: { port: 'http' }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
      readiness: { ...ready, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
    },
    resources: args.resources,
  };
}

/** https://grafana.com/docs/loki/latest/configure/ : one process, chunks and index on its volume. */
function configuration({ retentionDays }: LokiArgs): string {
  return stringify({
    auth_enabled: false,
    analytics: { reporting_enabled: false },
    server: { http_listen_port: 3100, grpc_listen_port: 9096, log_level: 'info' },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: '/loki',
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
      storage: { filesystem: { chunks_directory: '/loki/chunks', rules_directory: '/loki/rules' } },
    },
    schema_config: {
      configs: [
        {
          from: '2024-04-01',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    // https://grafana.com/docs/loki/latest/operations/storage/retention/
    compactor: { working_directory: '/loki/compactor', retention_enabled: true, delete_request_store: 'filesystem' },
    limits_config: { retention_period: `${retentionDays * 24}h`, allow_structured_metadata: true },
  });
}
