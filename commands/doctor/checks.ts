import type { StackConfig } from '../../infra/config.ts';
import type { Cluster } from './cluster.ts';

/** One thing that a stack needs of its cluster. */
export interface Check {
  readonly name: string;
  /** What is wrong and what to do; `undefined` when all is well. */
  readonly run: (cluster: Cluster) => Promise<string | undefined>;
}

/** Oldest release whose API server takes every field: `preStop.sleep` is on by default from 1.30. */
const oldestMinor = 30;

/** Everything that a stack needs of its cluster, by its configuration. */
export function clusterChecks(config: StackConfig): Check[] {
  return [version, ...kindChecks(config), ...objectChecks(config), storageCheck(config)];
}

const version: Check = {
  name: `Kubernetes 1.${oldestMinor} or newer`,
  run: async (cluster) => {
    const found = await cluster.version();
    const minor = Number(/^v1\.(\d+)/.exec(found)?.[1]);
    return minor >= oldestMinor ? undefined : `the cluster has ${found}: upgrade it`;
  },
};

function kindChecks({ api, cluster, gateway, prometheus, secrets }: StackConfig): Check[] {
  const kinds: readonly (readonly [boolean, string, string, string])[] = [
    [api.scaling !== undefined, 'metrics.k8s.io/v1beta1', '*', 'install metrics-server, which scaling reads'],
    [cluster.gatewayApi, 'gateway.networking.k8s.io/v1', 'HTTPRoute', 'install the Gateway API and a controller'],
    [gateway.tls.issuer !== undefined, 'cert-manager.io/v1', 'Certificate', 'install cert-manager'],
    [
      cluster.keda,
      'keda.sh/v1alpha1',
      'ScaledObject',
      // https://keda.sh/docs/2.17/reference/scaledobject-spec/#fallback: the first with fallback.behavior.
      'install KEDA, 2.17 or newer, or set cluster.keda: false',
    ],
    [prometheus.use === 'operator', 'monitoring.coreos.com/v1', 'ServiceMonitor', 'install the Prometheus operator'],
    [
      prometheus.use === 'operator',
      'monitoring.coreos.com/v1alpha1',
      'AlertmanagerConfig',
      'install the Prometheus operator with AlertmanagerConfig',
    ],
    [
      secrets.from === 'external-secrets',
      'external-secrets.io/v1',
      'ExternalSecret',
      'install the External Secrets operator, 0.16 or newer',
    ],
    [
      cluster.snapshotClass !== undefined,
      'snapshot.storage.k8s.io/v1',
      'VolumeSnapshot',
      'install a snapshot controller',
    ],
  ];
  return kinds
    .filter(([needed]) => needed)
    .map(([, apiVersion, kind, remedy]) => ({
      name: kind === '*' ? apiVersion : `${kind} (${apiVersion})`,
      run: async (cluster: Cluster) =>
        (await cluster.serves(apiVersion, kind)) ? undefined : `the cluster does not serve it: ${remedy}`,
    }));
}

function objectChecks({ namespace, cluster, gateway, prometheus, secrets }: StackConfig): Check[] {
  const { form, from, tls, className } = gateway;
  const own = gateway.gateway;
  const routed = form === 'gateway';
  const issuer = tls.issuer;
  const certified = form !== 'none' && issuer !== undefined;
  const operator = prometheus.use === 'operator';
  const store = secrets.from === 'external-secrets' ? secrets.store : undefined;
  const wanted: readonly (readonly [string | undefined, string, string?])[] = [
    [routed && own.create ? className : undefined, 'gatewayclasses.gateway.networking.k8s.io'],
    [routed && !own.create ? own.name : undefined, 'gateways.gateway.networking.k8s.io', own.namespace ?? namespace],
    [form === 'ingress' ? className : undefined, 'ingressclasses.networking.k8s.io'],
    [issuer?.kind === 'ClusterIssuer' ? issuer.name : undefined, 'clusterissuers.cert-manager.io'],
    [form === 'none' ? undefined : from.namespace, 'namespaces'],
    [cluster.keda ? cluster.namespaces.keda : undefined, 'namespaces'],
    [operator ? cluster.namespaces.prometheus : undefined, 'namespaces'],
    [prometheus.use === 'bundled' && certified ? cluster.namespaces.certManager : undefined, 'namespaces'],
    [store?.kind === 'ClusterSecretStore' ? store.name : undefined, 'clustersecretstores.external-secrets.io'],
    [cluster.snapshotClass, 'volumesnapshotclasses.snapshot.storage.k8s.io'],
  ];
  return wanted.flatMap(([name, resource, inNamespace]) => {
    if (name === undefined) return [];
    const where = inNamespace === undefined ? '' : ` in ${inNamespace}`;
    const run = async (found: Cluster) =>
      (await found.has(resource, name, inNamespace)) ? undefined : `there is no ${resource} ${name}${where}`;
    return [{ name: `${resource} ${name}${where}`, run }];
  });
}

/** The class of every volume that a stack makes; `undefined` stands for the cluster's default. */
function storageClasses(config: StackConfig): (string | undefined)[] {
  const { qdrant, tei, redis, mlflow, jaeger, loki, prometheus, alertmanager, backup } = config;
  const needed: readonly (readonly [boolean, { readonly class?: string | undefined }])[] = [
    ...[qdrant, tei, redis, jaeger, loki, prometheus].map(({ use, storage }) => [use === 'bundled', storage] as const),
    [qdrant.use === 'bundled', qdrant.snapshots],
    [mlflow.use === 'bundled' && !(mlflow.database && mlflow.artifacts), mlflow.storage],
    // With an operator there is no Alertmanager of the stack's own.
    [alertmanager.use === 'bundled' && prometheus.use !== 'operator', alertmanager.storage],
    [backup.use === 'bundled' && backup.objectStorage === undefined, backup.storage],
  ];
  return needed.flatMap(([isNeeded, storage]) => (isNeeded ? [storage.class] : []));
}

function storageCheck(config: StackConfig): Check {
  const classes = storageClasses(config);
  return {
    name: 'storage classes',
    run: async (cluster) => {
      const { names, fallback } = await cluster.storageClasses();
      const missing = [...new Set(classes)].filter((name) => name !== undefined && !names.includes(name));
      if (missing.length > 0) return `there is no storage class ${missing.join(', ')}; there are ${names.join(', ')}`;
      const needsDefault = classes.includes(undefined) && fallback === undefined;
      return needsDefault ? 'no storage class is the default: name one in storage.class of each part' : undefined;
    },
  };
}
