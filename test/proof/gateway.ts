import type { Kubectl } from '../../commands/kubectl.ts';
import { customResourceDefinitions } from '../../tools/crds.ts';
import { ownCluster } from '../../tools/cluster/own-cluster.ts';
import { traefikImage } from '../../tools/stack-images/traefik.ts';

const namespace = 'gateways';
const labels = { 'app.kubernetes.io/name': 'traefik' };

/** Where it listens: a listener of a Gateway has the port of one of Traefik's entry points. */
const port = 8000;

/**
 * Gives the node a gateway: the Gateway API, Traefik, and a Gateway `public` with a listener `web` for HTTP.
 *
 * @returns its origin, which this machine reaches.
 * @throws when it does not get ready.
 */
export async function ensureGateway(kubectl: Kubectl): Promise<string> {
  await ownCluster.provideImages([traefikImage], console.log);
  const definitions = (await customResourceDefinitions()).filter(
    ({ spec }) => spec.group === 'gateway.networking.k8s.io',
  );
  await apply(kubectl, definitions);
  const names = definitions.map(({ metadata }) => `customresourcedefinition/${metadata.name}`);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
  await apply(kubectl, objects);
  const inNamespace = (...args: readonly string[]) => kubectl.run([...args, '--namespace', namespace]);
  await inNamespace('rollout', 'status', 'deployment/traefik', '--timeout=120s');
  await inNamespace('wait', '--for=condition=Programmed', 'gateway/public', '--timeout=60s');
  return `http://${await inNamespace('get', 'service', 'traefik', '--output=jsonpath={.spec.clusterIP}')}:${port}`;
}

async function apply(kubectl: Kubectl, items: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl.run(['apply', '--server-side', '--filename=-'], list);
}

const container = {
  name: 'traefik',
  image: traefikImage,
  args: [
    `--entrypoints.web.address=:${port}`,
    '--entrypoints.traefik.address=:8080',
    '--ping=true',
    '--providers.kubernetesgateway=true',
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
  ],
  ports: [{ name: 'web', containerPort: port }],
  readinessProbe: { httpGet: { path: '/ping', port: 8080 }, periodSeconds: 1 },
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
};

/** https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/kubernetes-gateway/ */
const rules = [
  {
    apiGroups: [''],
    resources: ['namespaces', 'services', 'secrets', 'configmaps', 'nodes'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['*'], verbs: ['get', 'list', 'watch', 'update', 'patch'] },
];

const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'traefik', namespace } },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'traefik' }, rules },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'traefik' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'traefik' },
    subjects: [{ kind: 'ServiceAccount', name: 'traefik', namespace }],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'traefik', namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: 'traefik', containers: [container] } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'traefik', namespace },
    spec: { selector: labels, ports: [{ name: 'web', port, targetPort: 'web' }] },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'traefik' },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace },
    spec: {
      gatewayClassName: 'traefik',
      listeners: [{ name: 'web', protocol: 'HTTP', port, allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  },
];
