import { stringify } from 'yaml';
import { z } from 'zod';
import { externalLink, type Link } from '../connection.ts';
import { imageReference, type ImageOverrides } from '../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';
import { checkExternal, external, resources, setting, storage, use } from '../settings.ts';
import type { Container } from '../workload.ts';

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  url: setting(
    z.url().optional(),
    'Where the existing one takes OTLP over gRPC; with use: external.',
    'https://traces.example.com',
  ),
  retentionDays: setting(z.int().min(1).max(365).default(7), 'Days that traces are kept.', 7),
  storage: storage('5Gi'),
  // Badger holds a cache of 256 MB and tables of 64 MB in memory, one or two of them when little is written.
  resources: resources('50m', '500m', '128Mi', '1Gi'),
});

/** Configuration `ballast:jaeger`. */
export const jaegerSettings = checkExternal(shape, ['https', 'http']);

/** Configuration `ballast:jaeger`, with its defaults. */
export type JaegerSettings = z.output<typeof jaegerSettings>;

/** What Jaeger is made from. */
export interface JaegerArgs extends JaegerSettings {
  readonly images: ImageOverrides;
  /** Protect the volume. */
  readonly keepData: boolean;
}

/** How traces reach Jaeger, over OTLP and gRPC; `undefined` when it is off. */
export function jaegerLink(settings: JaegerSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'external') return externalLink(settings);
  return { url: 'http://jaeger:4317', connection: { to: 'workload', workload: 'jaeger', port: 'otlp-grpc' } };
}

/** How people and Grafana reach the traces; `undefined` unless the stack runs Jaeger itself. */
export function jaegerQueryLink(settings: JaegerSettings): Link | undefined {
  if (settings.use !== 'bundled') return undefined;
  return { url: 'http://jaeger:16686', connection: { to: 'workload', workload: 'jaeger', port: 'http' } };
}

/** Jaeger with traces on a volume of its own. One copy: its Badger store belongs to one process. */
export function describeJaeger(args: JaegerArgs): PartDescription {
  return {
    workloads: [
      {
        name: 'jaeger',
        component: 'traces',
        runs: { as: 'stateful', replicas: 1 },
        // The image's own user: https://github.com/jaegertracing/jaeger (cmd/jaeger/Dockerfile, USER_UID)
        user: { uid: 10001, gid: 10001 },
        containers: [container(args)],
        volumes: [
          { kind: 'persistent', name: 'data', size: args.storage.size, storageClass: args.storage.class },
          { kind: 'files', name: 'configuration', files: { 'config.yaml': configuration(args) } },
          { kind: 'scratch', name: 'tmp', size: '64Mi' },
        ],
        connections: [],
        stopping: { graceSeconds: 60 },
        traits: { keepData: args.keepData },
      },
    ],
  };
}

/** The part Jaeger. */
export class Jaeger extends Part {
  constructor(args: JaegerArgs, platform: Platform, options?: PartOptions) {
    super('Jaeger', 'jaeger', describeJaeger(args), platform, options);
  }
}

function container(args: JaegerArgs): Container {
  const http = { path: '/status', port: 'health' };
  return {
    name: 'jaeger',
    image: imageReference('jaeger', args.images),
    args: ['--config=/etc/jaeger/config.yaml'],
    // https://www.jaegertracing.io/docs/latest/architecture/apis/
    ports: [
      { name: 'otlp-grpc', number: 4317 },
      { name: 'http', number: 16686 },
      { name: 'metrics', number: 8888, metrics: {} },
      { name: 'health', number: 13133 },
    ],
    mounts: { data: '/badger', configuration: '/etc/jaeger', tmp: '/tmp' },
    probes: {
      startup: { http, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 60 },
      liveness: { http, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
      readiness: { http, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
    },
    resources: args.resources,
  };
}

/** https://www.jaegertracing.io/docs/latest/storage/badger/ */
function configuration({ retentionDays }: JaegerArgs): string {
  return stringify({
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: '0.0.0.0:13133' } },
      // Without traces of its own: each question to it would be among the answers.
      jaeger_query: {
        storage: { traces: 'traces' },
        http: { endpoint: '0.0.0.0:16686' },
        enable_tracing: false,
      },
      jaeger_storage: {
        backends: {
          traces: {
            badger: {
              directories: { keys: '/badger/keys', values: '/badger/values' },
              ephemeral: false,
              ttl: { spans: `${retentionDays * 24}h` },
            },
          },
        },
      },
    },
    receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' } } } },
    processors: { batch: {} },
    exporters: { jaeger_storage_exporter: { trace_storage: 'traces' } },
    service: {
      extensions: ['jaeger_storage', 'jaeger_query', 'healthcheckv2'],
      pipelines: { traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] } },
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '0.0.0.0', port: 8888 } } } }] },
      },
    },
  });
}
