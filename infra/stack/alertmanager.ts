import { stringify } from 'yaml';
import { z } from 'zod';
import { distinctConnections, externalLink, type Connection, type Link } from '../connection.ts';
import { imageReference, type ImageOverrides } from '../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';
import type { SecretDescription } from '../secret.ts';
import { checkExternal, external, replicas, resources, setting, storage, use } from '../settings.ts';
import type { Container, Port, Volume, Workload } from '../workload.ts';
import { alertmanagerConfiguration, credentialFolder } from './alertmanager/configuration.ts';
import {
  allReceivers,
  receiverConnection,
  receiverCredentials,
  receiversSecret,
  receiversSettings,
} from './alertmanager/receivers.ts';

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  receivers: setting(
    receiversSettings.prefault({}),
    'Who is told of alerts, by severity: critical ones page, warnings are tickets. A severity without a receiver tells ' +
      'nobody: its alerts are seen only by who looks at Prometheus, Alertmanager or Grafana.',
    { critical: [{ type: 'pagerduty', credential: 'pagerdutyKey' }] },
  ),
  replicas: replicas(1, 5),
  storage: storage('1Gi'),
  resources: resources('10m', '200m', '32Mi', '128Mi'),
});

/** Configuration `ballast:alertmanager`. */
export const alertmanagerSettings = checkExternal(shape, ['https', 'http']);

/** Configuration `ballast:alertmanager`, with its defaults. */
export type AlertmanagerSettings = z.output<typeof alertmanagerSettings>;

/** What Alertmanager is made from. */
export interface AlertmanagerArgs extends AlertmanagerSettings {
  readonly images: ImageOverrides;
  /** Rotations of the secret `alertmanager-receivers`. */
  readonly rotation: number;
  /** Where it runs: an operator's Alertmanager takes the routes, and of this part only the secret of the receivers is made. */
  readonly form: 'bundled' | 'operator';
}

/** How Prometheus reaches Alertmanager. */
export interface AlertmanagerLink extends Link {
  /** Name whose A records are the addresses of all copies; each of them must get every alert. */
  readonly peers?: { readonly dnsName: string; readonly port: number };
}

const port = 9093;
const peerPort = 9094;

/** How to reach Alertmanager; `undefined` when it is off. */
export function alertmanagerLink(settings: AlertmanagerSettings): AlertmanagerLink | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'bundled') {
    return {
      url: `http://alertmanager:${port}`,
      connection: { to: 'workload', workload: 'alertmanager', port: 'http' },
      peers: { dnsName: 'alertmanager-peers', port },
    };
  }
  return externalLink(settings);
}

/** Alertmanager with routes by severity; several copies agree among themselves on who tells what. */
export function describeAlertmanager(args: AlertmanagerArgs): PartDescription {
  const secrets = receiverSecrets(args);
  return { secrets, workloads: args.form === 'bundled' ? [workload(args, secrets)] : [] };
}

/** The part Alertmanager. */
export class Alertmanager extends Part {
  constructor(args: AlertmanagerArgs, platform: Platform, options?: PartOptions) {
    super('Alertmanager', 'alertmanager', describeAlertmanager(args), platform, options);
  }
}

function receiverSecrets({ receivers, rotation }: AlertmanagerArgs): SecretDescription[] {
  const names = [...receiverCredentials(receivers)];
  const keys = Object.fromEntries(names.map((name) => [name, { from: 'credential' as const, credential: name }]));
  return names.length === 0 ? [] : [{ name: receiversSecret, rotation, keys }];
}

function workload(args: AlertmanagerArgs, secrets: readonly SecretDescription[]): Workload {
  const { replicas } = args;
  const credentials = secrets.map(({ name, keys }): Volume => ({
    kind: 'secret-files',
    name: 'credentials',
    secret: name,
    keys: Object.fromEntries(Object.keys(keys).map((key) => [key, key])),
  }));
  return {
    name: 'alertmanager',
    component: 'alerting',
    runs: { as: 'stateful', replicas, start: 'parallel' },
    // The image's user nobody: https://github.com/prometheus/alertmanager/blob/main/Dockerfile
    user: { uid: 65534, gid: 65534 },
    containers: [container(args, credentials.length > 0)],
    volumes: [
      // Silences, and what was told already.
      { kind: 'persistent', name: 'data', size: args.storage.size, storageClass: args.storage.class },
      {
        kind: 'files',
        name: 'configuration',
        files: { 'alertmanager.yml': stringify(alertmanagerConfiguration(args.receivers), { lineWidth: 0 }) },
      },
      ...credentials,
    ],
    connections: connections(args),
    stopping: { graceSeconds: 30 },
    ...(replicas > 1 && { traits: { minAvailable: replicas - 1 } }),
  };
}

/** To the receivers, each place once, and to the other copies. */
function connections({ replicas, receivers }: AlertmanagerArgs): Connection[] {
  const receiving = distinctConnections(allReceivers(receivers).map(receiverConnection));
  if (replicas === 1) return receiving;
  const peers = peerPorts.map(({ name }): Connection => ({ to: 'workload', workload: 'alertmanager', port: name }));
  return [...peers, ...receiving];
}

/** It gossips by UDP, and syncs whole states by TCP: https://prometheus.io/docs/alerting/latest/high_availability/ */
const peerPorts: readonly Port[] = [
  { name: 'peer', number: peerPort, peersOnly: true },
  { name: 'peer-udp', number: peerPort, protocol: 'UDP', peersOnly: true },
];

function container(args: AlertmanagerArgs, hasCredentials: boolean): Container {
  const clustered = args.replicas > 1;
  return {
    name: 'alertmanager',
    image: imageReference('alertmanager', args.images),
    args: [
      '--config.file=/etc/alertmanager/alertmanager.yml',
      '--storage.path=/alertmanager',
      // An empty address turns clustering off.
      `--cluster.listen-address=${clustered ? `0.0.0.0:${peerPort}` : ''}`,
      ...(clustered ? peerFlags(args.replicas) : []),
    ],
    ports: [{ name: 'http', number: port, metrics: {} }, ...(clustered ? peerPorts : [])],
    mounts: {
      data: '/alertmanager',
      configuration: '/etc/alertmanager',
      ...(hasCredentials && { credentials: credentialFolder }),
    },
    // https://prometheus.io/docs/alerting/latest/management_api/
    probes: {
      liveness: { ...probe('/-/healthy'), failureThreshold: 6 },
      readiness: { ...probe('/-/ready'), failureThreshold: 3 },
    },
    resources: args.resources,
  };
}

const peerFlags = (replicas: number) =>
  Array.from({ length: replicas }, (_, n) => `--cluster.peer=alertmanager-${n}.alertmanager-peers:${peerPort}`);

const probe = (path: string) => ({
  http: { path, port: 'http' },
  periodSeconds: 10,
  timeoutSeconds: 3,
});
