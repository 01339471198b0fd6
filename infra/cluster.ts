import { z } from 'zod';
import { cidr, namespaceName, setting } from './settings.ts';

const port = z.int().min(1).max(65_535);

const apiServer = z.strictObject({
  cidrs: setting(
    z.array(cidr).min(1).default(['0.0.0.0/0']),
    'Addresses of the API server, for the few workloads that call it; its Service and its endpoints.',
    ['10.96.0.1/32', '203.0.113.7/32'],
  ),
  ports: setting(
    z.array(port).min(1).default([443, 6443]),
    'Ports of the API server, before and behind its Service.',
    [443],
  ),
});

const dns = z.strictObject({
  namespace: setting(namespaceName.default('kube-system'), "Namespace of the cluster's DNS.", 'openshift-dns'),
  labels: setting(
    z.record(z.string(), z.string()).default({ 'k8s-app': 'kube-dns' }),
    'Labels of its pods, which kube-dns and CoreDNS share.',
    { 'dns.operator.openshift.io/daemonset-dns': 'default' },
  ),
  // https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
  addresses: setting(
    z.array(cidr).default(['169.254.20.10/32']),
    "Addresses that answer beside these pods: node-local DNS and, where that takes over its address, the DNS Service's.",
    ['169.254.20.10/32', '10.96.0.10/32'],
  ),
  ports: setting(z.array(port).min(1).default([53]), 'Ports that its pods listen on, over UDP and TCP.', [5353]),
});

const namespaces = z.strictObject({
  certManager: setting(
    namespaceName.default('cert-manager'),
    'Namespace of cert-manager, which tells Prometheus when certificates expire.',
    'cert-manager',
  ),
  keda: setting(namespaceName.default('keda'), 'Namespace of KEDA, which asks Prometheus for the load.', 'keda'),
  prometheus: setting(
    namespaceName.default('monitoring'),
    "Namespace of the operator's Prometheus, which reads the metrics of the stack.",
    'monitoring',
  ),
});

/** Configuration `ballast:cluster`: what the cluster has. `npm run doctor` checks it before any resource is made. */
export const clusterSettings = z.strictObject({
  gatewayApi: setting(z.boolean().default(false), 'The Gateway API and a controller for it are installed.', true),
  certManager: setting(z.boolean().default(false), 'cert-manager is installed.', true),
  keda: setting(
    z.boolean().default(false),
    'KEDA 2.17 or newer is installed; it then scales the API on active queries too.',
    true,
  ),
  prometheusOperator: setting(z.boolean().default(false), 'The Prometheus operator is installed.', true),
  externalSecrets: setting(z.boolean().default(false), 'The External Secrets operator is installed.', true),
  snapshotClass: setting(
    z.string().min(1).optional(),
    'VolumeSnapshotClass by which you take snapshots of volumes yourself. `npm run doctor` checks it; the stack takes none.',
    'csi-snapshots',
  ),
  apiServer: setting(apiServer.prefault({}), 'Where the API server is.', { cidrs: ['10.96.0.1/32'] }),
  dns: setting(dns.prefault({}), "Where the cluster's DNS is; every workload that calls another may ask it.", {
    namespace: 'openshift-dns',
  }),
  namespaces: setting(
    namespaces.prefault({}),
    'Where controllers run that call workloads of the stack, or that those call.',
    {
      prometheus: 'monitoring',
    },
  ),
});

/** Configuration `ballast:cluster`, with its defaults. */
export type ClusterSettings = z.output<typeof clusterSettings>;
