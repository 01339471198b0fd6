import { stringify } from 'yaml';
import { dashboards } from '../../../dashboards/index.ts';
import { sourcesFrom, type Connection } from '../../connection.ts';
import { imageReference, type ImageOverrides } from '../../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretDescription } from '../../secret.ts';
import type { Container, Volume } from '../../workload.ts';
import { dataSources, type DataSourceLinks } from './data-sources.ts';
import { dashboardFolder, grafanaEnvironment, grafanaPort } from './environment.ts';
import type { GrafanaSettings } from './settings.ts';

/** What Grafana is made from. */
export interface GrafanaArgs extends GrafanaSettings {
  readonly images: ImageOverrides;
  /** Rotations of the secret `grafana-admin`. */
  readonly rotation: number;
  readonly dataSources: DataSourceLinks;
  /** Web address of this repository's files, for the dashboards' links to the runbook. */
  readonly repositoryUrl?: string | undefined;
  /** The stack's namespace where its Prometheus watches others too: dashboards show it at first. */
  readonly namespace?: string | undefined;
}

/**
 * Grafana, provisioned from files, without a volume: all that it shows is in this repository, and what people save in it is
 * gone with the pod.
 *
 * It takes the admin's password only at the first start of its database. The database is scratch, so that every start is the
 * first one: a rotation of `grafana-admin` works because it rolls the pod. One copy, since each would have a database of its
 * own, and with it its own sessions and its own password until it is replaced.
 */
export function describeGrafana(args: GrafanaArgs): PartDescription {
  return {
    secrets: [adminSecret(args.rotation)],
    workloads: [
      {
        name: 'grafana',
        component: 'dashboards',
        runs: { as: 'service', replicas: 1 },
        // https://grafana.com/docs/grafana/latest/setup-grafana/installation/docker/ (472), with the group of the same number
        // that Grafana's own chart gives it.
        user: { uid: 472, gid: 472 },
        containers: [container(args)],
        volumes: volumes(args),
        connections: connections(args.dataSources),
        admits: sourcesFrom(args.from),
        stopping: { graceSeconds: 30 },
      },
    ],
  };
}

/** The part Grafana. */
export class Grafana extends Part {
  constructor(args: GrafanaArgs, platform: Platform, options?: PartOptions) {
    super('Grafana', 'grafana', describeGrafana(args), platform, options);
  }
}

/** The second key signs and encrypts in the database; without it Grafana uses one that everybody knows. */
const adminSecret = (rotation: number): SecretDescription => ({
  name: 'grafana-admin',
  rotation,
  keys: { password: { from: 'generated', length: 32 }, 'secret-key': { from: 'generated', length: 32 } },
});

function container(args: GrafanaArgs): Container {
  // https://grafana.com/docs/grafana/latest/developers/http_api/other/#returns-health-information-about-grafana
  const http = { path: '/api/health', port: 'http' };
  return {
    name: 'grafana',
    image: imageReference('grafana', args.images),
    environment: grafanaEnvironment(args, hasDashboards(args) ? 'overview.json' : undefined),
    secretEnvironment: {
      GF_SECURITY_ADMIN_PASSWORD: { secret: 'grafana-admin', key: 'password' },
      GF_SECURITY_SECRET_KEY: { secret: 'grafana-admin', key: 'secret-key' },
    },
    ports: [{ name: 'http', number: grafanaPort, metrics: {} }],
    mounts: {
      data: '/var/lib/grafana',
      // Sockets of the data sources' processes.
      tmp: '/tmp',
      'data-sources': '/etc/grafana/provisioning/datasources',
      ...(hasDashboards(args) && {
        'dashboard-folders': '/etc/grafana/provisioning/dashboards',
        dashboards: dashboardFolder,
      }),
    },
    probes: {
      // Each start makes the database anew: half a minute on a slow disk.
      startup: { http, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
      // Says only that it answers, where the page above asks its database too, for which a restart is no remedy: healthzHandler
      // in pkg/api/http_server.go of github.com/grafana/grafana.
      liveness: {
        http: { path: '/healthz', port: 'http' },
        periodSeconds: 10,
        timeoutSeconds: 3,
        failureThreshold: 6,
      },
      readiness: { http, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
    },
    resources: args.resources,
  };
}

function volumes(args: GrafanaArgs): Volume[] {
  const sourcesFile = { apiVersion: 1, datasources: dataSources(args.dataSources) };
  return [
    { kind: 'scratch', name: 'data', size: '512Mi' },
    { kind: 'scratch', name: 'tmp', size: '64Mi' },
    { kind: 'files', name: 'data-sources', files: { 'stack.yaml': stringify(sourcesFile, wholeLines) } },
    ...(hasDashboards(args) ? dashboardVolumes(args) : []),
  ];
}

/** Every panel asks Prometheus. */
const hasDashboards = (args: GrafanaArgs) => args.dataSources.prometheus !== undefined;

/** Queries are not broken into several lines. */
const wholeLines = { lineWidth: 0 };

/** Without indentation: all of them are in one ConfigMap, which holds 1 MiB at most. */
function dashboardVolumes({ repositoryUrl, namespace }: GrafanaArgs): Volume[] {
  const files = [...dashboards({ repositoryUrl, namespace })].map(
    ([name, board]) => [name, JSON.stringify(board)] as const,
  );
  return [
    {
      kind: 'files',
      name: 'dashboard-folders',
      files: { 'stack.yaml': stringify({ apiVersion: 1, providers: [folder] }) },
    },
    { kind: 'files', name: 'dashboards', files: Object.fromEntries(files) },
  ];
}

/** https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards : what is shown is what the files say. */
const folder = {
  name: 'stack',
  type: 'file',
  folder: 'Ballast',
  folderUid: 'ballast',
  disableDeletion: true,
  allowUiUpdates: false,
  options: { path: dashboardFolder },
};

const connections = ({ prometheus, loki, jaeger, alertmanager }: DataSourceLinks): Connection[] =>
  [prometheus, loki, jaeger, alertmanager].flatMap((link) => link?.connection ?? []);
