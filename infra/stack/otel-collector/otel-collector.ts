import { z } from 'zod';
import { externalLink, type Link } from '../../connection.ts';
import { imageReference, type ImageOverrides } from '../../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretReference } from '../../secret.ts';
import { checkExternal, credentialName, external, replicas, resources, setting, use } from '../../settings.ts';
import type { Container } from '../../workload.ts';
import { configuration } from './configuration.ts';

const fields = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  url: setting(
    z.url().optional(),
    'Where the existing one takes OTLP over HTTP; with use: external.',
    'http://otel-collector.observability:4318',
  ),
  credential: setting(
    credentialName.optional(),
    'Credential that holds the headers that the existing one asks for: name=value pairs, separated by commas.',
    'telemetryHeaders',
  ),
  replicas: replicas(1, 10),
  keepRatio: setting(
    z.number().min(0).max(1).default(1),
    'Share of traces that reach the stores, beside all that failed or were slow. Below 1 it needs `replicas: 1`.',
    0.1,
  ),
  mlflowExperiment: setting(
    z.string().regex(/^\d+$/, { error: 'the number of an experiment' }).default('0'),
    "Experiment of MLflow that traces belong to; 0 is MLflow's default experiment.",
    '0',
  ),
  resources: resources('50m', '500m', '96Mi', '256Mi'),
});

/** A trace is judged by the copy that has all of it, and the spans of one trace come by several connections. */
const shape = fields.refine(({ keepRatio, replicas }) => keepRatio === 1 || replicas === 1, {
  path: ['keepRatio'],
  error: '1 with several copies, none of which has the whole of a trace; api.tracesRatio chooses before they are sent',
});

/** Configuration `ballast:otelCollector`. */
export const otelCollectorSettings = checkExternal(shape, ['https', 'http']);

/** Configuration `ballast:otelCollector`, with its defaults. */
export type OtelCollectorSettings = z.output<typeof otelCollectorSettings>;

/** What the collector is made from. */
export interface OtelCollectorArgs extends OtelCollectorSettings {
  readonly images: ImageOverrides;
  /** Where traces go, over gRPC. */
  readonly jaeger?: Link | undefined;
  /** Where traces go besides, over HTTP. */
  readonly mlflow?: Link | undefined;
  /** Where logs go, over HTTP. */
  readonly loki?: Link | undefined;
  /** Duration from which a trace is slow, in seconds. */
  readonly slowSeconds: number;
  /** Longest time for one answer, in seconds. */
  readonly longestSeconds: number;
}

const headers: SecretReference = { secret: 'otel-collector', key: 'headers' };

/** How to reach the collector, over OTLP and HTTP; `undefined` when it is off. */
export function otelCollectorLink(settings: OtelCollectorSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'external') return externalLink(settings, headers);
  return {
    url: 'http://otel-collector:4318',
    connection: { to: 'workload', workload: 'otel-collector', port: 'otlp-http' },
  };
}

/**
 * The OpenTelemetry collector: what the service tells goes in by OTLP, and out to the stores that the stack has.
 *
 * @throws when there is no store: the collector does not start without a pipeline.
 */
export function describeOtelCollector(args: OtelCollectorArgs): PartDescription {
  const stores = [args.jaeger, args.mlflow, args.loki].filter((link) => link !== undefined);
  if (stores.length === 0) {
    throw new Error(
      'otelCollector.use: set it to off, since jaeger, mlflow and loki are all off and it would have no work',
    );
  }
  return {
    workloads: [
      {
        name: 'otel-collector',
        component: 'telemetry-collector',
        runs: { as: 'service', replicas: args.replicas },
        // The image's own user: https://github.com/open-telemetry/opentelemetry-collector-releases (Dockerfile, USER_UID)
        user: { uid: 10001, gid: 10001 },
        containers: [container(args)],
        volumes: [{ kind: 'files', name: 'configuration', files: { 'config.yaml': configuration(args) } }],
        connections: stores.map(({ connection }) => connection),
        // Batches that are on their way leave before the process does.
        stopping: { graceSeconds: 30 },
        ...(args.replicas > 1 && { traits: { minAvailable: args.replicas - 1 } }),
      },
    ],
  };
}

/** The part OpenTelemetry collector. */
export class OtelCollector extends Part {
  constructor(args: OtelCollectorArgs, platform: Platform, options?: PartOptions) {
    super('OtelCollector', 'otel-collector', describeOtelCollector(args), platform, options);
  }
}

function container(args: OtelCollectorArgs): Container {
  // The image has no shell, so that every probe is HTTP.
  const http = { path: '/', port: 'health' };
  return {
    name: 'otel-collector',
    image: imageReference('otelCollector', args.images),
    args: ['--config=/etc/otelcol/config.yaml'],
    // https://opentelemetry.io/docs/collector/configuration/#receivers and .../internal-telemetry/
    ports: [
      { name: 'otlp-grpc', number: 4317 },
      { name: 'otlp-http', number: 4318 },
      { name: 'metrics', number: 8888, metrics: {} },
      { name: 'health', number: 13133 },
    ],
    mounts: { configuration: '/etc/otelcol' },
    probes: {
      startup: { http, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
      liveness: { http, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
      readiness: { http, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
    },
    resources: args.resources,
  };
}
