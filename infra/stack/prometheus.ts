import { stringify } from 'yaml';
import { ruleFile } from '../../alerts/index.ts';
import type { RuleGroup } from '../../alerts/rule.ts';
import { distinctConnections, externalLink, type Connection, type Link } from '../connection.ts';
import { imageReference, type ImageOverrides } from '../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';
import type { Container, Volume, Workload } from '../workload.ts';
import type { AlertmanagerLink } from './alertmanager.ts';
import { certManagerTarget, type OutsideTarget } from './prometheus/cert-manager.ts';
import { prometheusConfiguration, ruleFileName, secretFolder } from './prometheus/configuration.ts';
import { scrapeTargets, type ScrapeTarget } from './prometheus/scrape.ts';
import type { PrometheusSettings } from './prometheus/settings.ts';

/** What a bundled Prometheus is made from. */
export interface PrometheusArgs extends PrometheusSettings {
  readonly images: ImageOverrides;
  readonly namespace: string;
  /** All other workloads of the stack: what of them serves metrics is scraped. */
  readonly workloads: readonly Workload[];
  readonly ruleGroups: readonly RuleGroup[];
  readonly alertmanager: AlertmanagerLink | undefined;
  /** Namespace of KEDA, which asks for the load of what it scales; `undefined` where the cluster has none. */
  readonly kedaNamespace: string | undefined;
  /** Namespace of cert-manager, where it makes a certificate for the stack. */
  readonly certManagerNamespace?: string | undefined;
  /** Protect the volume. */
  readonly keepData: boolean;
}

const port = 9090;

/**
 * How to ask Prometheus: Grafana and KEDA do. `undefined` when there is none to ask; an operator's is asked at `url` where
 * that is given.
 */
export function prometheusLink(settings: PrometheusSettings): Link | undefined {
  const { use, url } = settings;
  if (use === 'bundled') {
    return { url: `http://prometheus:${port}`, connection: { to: 'workload', workload: 'prometheus', port: 'http' } };
  }
  return use === 'off' || url === undefined ? undefined : externalLink(settings);
}

/**
 * Prometheus with the scrape configuration of the stack's own workloads.
 *
 * One copy by default: after a restart it goes on from its log, with a gap of seconds in the graphs. Two copies also alert
 * while the node of one is away. They scrape and alert independently and under the same labels, so that Alertmanager sends
 * one message; graphs then come from either, and may show the gap of the one that was away.
 */
export function describePrometheus(args: PrometheusArgs): PartDescription {
  const { replicas } = args;
  const runs: Workload['runs'] = { as: 'stateful', replicas, start: 'parallel' };
  const container = prometheusContainer(args);
  const targets = scrapeTargets([...args.workloads, { name: 'prometheus', runs, containers: [container] }]);
  const { certManagerNamespace } = args;
  const outside = certManagerNamespace === undefined ? [] : [certManagerTarget(certManagerNamespace)];
  const secrets = [...new Set(targets.flatMap(({ bearer }) => bearer?.secret ?? []))];
  const mounts = Object.fromEntries(secrets.map((secret) => [secret, secretFolder(secret)]));
  return {
    workloads: [
      {
        name: 'prometheus',
        component: 'metrics',
        runs,
        // The image's user nobody: https://github.com/prometheus/prometheus/blob/main/Dockerfile
        user: { uid: 65534, gid: 65534 },
        containers: [{ ...container, mounts: { ...container.mounts, ...mounts } }],
        volumes: [
          { kind: 'persistent', name: 'data', size: args.storage.size, storageClass: args.storage.class },
          { kind: 'files', name: 'configuration', files: files(args, targets, outside) },
          ...secrets.map((secret) => secretVolume(secret, targets)),
        ],
        connections: connections(targets, outside, args.alertmanager),
        admits: args.kedaNamespace === undefined ? [] : [{ namespace: args.kedaNamespace, port: 'http' }],
        // It ends running queries and closes its log.
        stopping: { graceSeconds: 60 },
        traits: { keepData: args.keepData, ...(replicas > 1 && { minAvailable: replicas - 1 }) },
      },
    ],
  };
}

/** The part Prometheus. */
export class Prometheus extends Part {
  constructor(args: PrometheusArgs, platform: Platform, options?: PartOptions) {
    super('Prometheus', 'prometheus', describePrometheus(args), platform, options);
  }
}

/** Expressions and texts are not broken into several lines. */
const wholeLines = { lineWidth: 0 };

function files(
  args: PrometheusArgs,
  targets: readonly ScrapeTarget[],
  outside: readonly OutsideTarget[],
): Record<string, string> {
  const configuration = prometheusConfiguration({
    namespace: args.namespace,
    targets,
    outside,
    alertmanager: args.alertmanager,
    retentionDays: args.retentionDays,
    volumeSize: args.storage.size,
  });
  return {
    'prometheus.yml': stringify(configuration, wholeLines),
    [ruleFileName]: stringify(ruleFile(args.ruleGroups), wholeLines),
  };
}

function secretVolume(secret: string, targets: readonly ScrapeTarget[]): Volume {
  const keys = targets.flatMap(({ bearer }) => (bearer?.secret === secret ? [bearer.key] : []));
  return { kind: 'secret-files', name: secret, secret, keys: Object.fromEntries(keys.map((key) => [key, key])) };
}

/** To everything that is scraped, itself included, and to Alertmanager, which may be among that. */
function connections(
  targets: readonly ScrapeTarget[],
  outside: readonly OutsideTarget[],
  alertmanager: AlertmanagerLink | undefined,
): Connection[] {
  const scraped = [
    ...targets.map(({ workload, port }): Connection => ({ to: 'workload', workload, port: port.name })),
    ...outside.map(({ connection }) => connection),
  ];
  return distinctConnections(alertmanager ? [...scraped, alertmanager.connection] : scraped);
}

/** The endpoints that change state, to reload and to delete, are off unless asked for, and so is receiving by OTLP. */
function prometheusContainer(args: PrometheusArgs): Container {
  return {
    name: 'prometheus',
    image: imageReference('prometheus', args.images),
    args: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
      '--enable-feature=exemplar-storage',
    ],
    ports: [{ name: 'http', number: port, metrics: {} }],
    mounts: { data: '/prometheus', configuration: '/etc/prometheus' },
    // https://prometheus.io/docs/prometheus/latest/management_api/
    probes: {
      // Reading the log after a crash may take minutes.
      startup: { ...probe('/-/ready'), failureThreshold: 60 },
      liveness: { ...probe('/-/healthy'), failureThreshold: 6 },
      readiness: { ...probe('/-/ready'), failureThreshold: 3 },
    },
    resources: args.resources,
  };
}

const probe = (path: string) => ({
  http: { path, port: 'http' },
  periodSeconds: 10,
  timeoutSeconds: 3,
});
