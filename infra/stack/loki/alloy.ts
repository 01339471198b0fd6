import type { Link } from '../../connection.ts';
import { imageReference, type ImageOverrides } from '../../images.ts';
import type { Resources, Workload } from '../../workload.ts';
import { alloyText, reference, type Block } from './alloy-syntax.ts';

/** What Alloy is made from. */
export interface AlloyArgs {
  readonly images: ImageOverrides;
  readonly namespace: string;
  readonly loki: Link;
  /** Leave out the pods of the API, whose logs come another way. */
  readonly apiSendsLogs: boolean;
  readonly resources: Resources;
}

/**
 * Grafana Alloy reads the logs of the stack's pods through the API server and sends them to Loki: no path of a node is mounted,
 * and one copy is enough for a namespace.
 */
export function alloyWorkload(args: AlloyArgs): Workload {
  const { images, loki, resources } = args;
  const ready = { http: { path: '/-/ready', port: 'http' } };
  return {
    name: 'alloy',
    component: 'log-collector',
    runs: { as: 'service', replicas: 1, update: 'recreate' },
    // The image's own user: https://grafana.com/docs/alloy/latest/configure/nonroot/
    user: { uid: 473, gid: 473 },
    containers: [
      {
        name: 'alloy',
        image: imageReference('alloy', images),
        args: [
          'run',
          '--server.http.listen-addr=0.0.0.0:12345',
          '--storage.path=/var/lib/alloy',
          '--disable-reporting',
          '/etc/alloy/config.alloy',
        ],
        ports: [{ name: 'http', number: 12345, metrics: {} }],
        mounts: { configuration: '/etc/alloy', positions: '/var/lib/alloy', tmp: '/tmp' },
        probes: {
          startup: { ...ready, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 30 },
          liveness: { tcp: { port: 'http' }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
          readiness: { ...ready, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
        },
        resources,
      },
    ],
    volumes: [
      {
        kind: 'files',
        name: 'configuration',
        files: { 'config.alloy': alloyText(configuration(args)) },
      },
      // Gone with the pod: the next one reads the pods' logs again, and of equal lines at one time Loki keeps one.
      { kind: 'scratch', name: 'positions', size: '128Mi' },
      { kind: 'scratch', name: 'tmp', size: '64Mi' },
    ],
    connections: [loki.connection, { to: 'kubernetes-api' }],
    traits: {
      // https://grafana.com/docs/alloy/latest/reference/components/loki/loki.source.kubernetes/
      kubernetesAccess: {
        scope: 'namespace',
        rules: [
          { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
          { apiGroups: [''], resources: ['pods/log'], verbs: ['get', 'list', 'watch'] },
        ],
      },
    },
    policyExceptions: { 'service-account-token': 'It reads the logs of its namespace from the API server.' },
  };
}

/** The labels that every line gets, by the name of the discovery's own. */
const labels: Readonly<Record<string, string>> = {
  namespace: '__meta_kubernetes_namespace',
  pod: '__meta_kubernetes_pod_name',
  container: '__meta_kubernetes_pod_container_name',
  app: '__meta_kubernetes_pod_label_app_kubernetes_io_name',
};

/** The API and its canary, but not the backups, which run from its image and log to standard output alone. */
const withoutApi: Block = {
  name: 'rule',
  attributes: {
    source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'],
    regex: 'api',
    action: 'drop',
  },
};

function configuration({ namespace, loki, apiSendsLogs }: AlloyArgs): Block[] {
  return [
    {
      name: 'discovery.kubernetes',
      label: 'pods',
      attributes: { role: 'pod' },
      blocks: [{ name: 'namespaces', attributes: { names: [namespace] } }],
    },
    {
      name: 'discovery.relabel',
      label: 'pods',
      attributes: { targets: reference('discovery.kubernetes.pods.targets') },
      blocks: [
        ...(apiSendsLogs ? [withoutApi] : []),
        ...Object.entries(labels).map(([label, source]) => ({
          name: 'rule',
          attributes: { source_labels: [source], target_label: label },
        })),
      ],
    },
    {
      name: 'loki.source.kubernetes',
      label: 'pods',
      attributes: {
        targets: reference('discovery.relabel.pods.output'),
        forward_to: reference('[loki.write.stack.receiver]'),
      },
    },
    {
      name: 'loki.write',
      label: 'stack',
      attributes: {},
      blocks: [{ name: 'endpoint', attributes: { url: `${loki.url}/loki/api/v1/push` } }],
    },
  ];
}
