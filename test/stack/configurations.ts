import fc from 'fast-check';
import { readStackConfig } from '../../infra/read-config.ts';
import { asConfiguration, type Configuration } from './variants.ts';

/** What every generated value of a credential begins with; none of them may ever be in a manifest. */
export const credentialMark = 'credential-value-of-';

/** Every credential that a generated configuration may name. */
const credentials = [
  'deepinfra',
  'huggingFace',
  'llm',
  'mlflowStore',
  'objectStorageAccessKey',
  'objectStorageSecretKey',
  'pagerduty',
  'qdrantApiKey',
  'redis',
  's3AccessKey',
  's3SecretKey',
  'sentryDsn',
  'slack',
  'smtp',
  'telemetryHeaders',
];

const digest = fc.constantFrom('0', '7', 'c').map((digit) => `sha256:${digit.repeat(64)}`);
const optionally = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const cidrs = fc.subarray(['10.1.2.0/24', '192.0.2.7/32', 'fd00::/64'], { minLength: 1 });
const egress = fc.record({ cidrs });
const size = fc.constantFrom('1Gi', '20Gi', '512Mi');
const storage = fc.record({ size, class: optionally(fc.constant('fast')) });

/** A part in each of its forms; the bundled one most often, since it has the most to get wrong. */
function part(
  external: fc.Arbitrary<object>,
  bundled: fc.Arbitrary<object> = fc.constant({}),
): fc.Arbitrary<{ use: string }> {
  return fc.oneof(
    { weight: 5, arbitrary: bundled.map((more) => ({ use: 'bundled', ...more })) },
    { weight: 2, arbitrary: external.map((more) => ({ use: 'external', ...more })) },
    { weight: 1, arbitrary: fc.constant({ use: 'off' }) },
  );
}

/** A URL of each kind of place: a public name, another namespace, an address, and a name that needs `egress`. */
const urls = (scheme: string, port: number, secure = scheme) =>
  fc.oneof(
    fc.record({ url: fc.constant(`${secure}://parts.example.com:443`) }),
    fc.record({ url: fc.constantFrom(`${scheme}://it.elsewhere:${port}`, `${scheme}://it.elsewhere.svc:${port}`) }),
    fc.record({ url: fc.constant(`${scheme}://10.9.8.7:${port}`) }),
    fc.record({ url: fc.constant(`${scheme}://it.internal.example.com:${port}`), egress }),
  );

const withCredential = (place: fc.Arbitrary<object>, name: string) =>
  fc.record({ place, credential: optionally(fc.constant(name)) }).map(({ place, credential }) => ({
    ...place,
    credential,
  }));

const from = fc.oneof(
  fc.constant({ namespace: 'gateways' }),
  fc.record({ cidrs }),
  fc.record({ namespace: fc.constant('gateways'), cidrs }),
);

const issuer = fc.record({ name: fc.constant('letsencrypt'), http01: fc.boolean() });
const certificate = fc.oneof(
  fc.record({ issuer }),
  fc.constant({ secret: 'given-tls' }),
  fc.constant({ unencrypted: true }),
);

const attached = fc.record({
  name: fc.constant('public'),
  namespace: optionally(fc.constant('gateways')),
  sectionName: optionally(fc.constant('https')),
  timeouts: fc.boolean(),
});

const gateway = fc.oneof(
  fc.constant({ form: 'none' }),
  fc.record({ form: fc.constant('gateway'), host: fc.constant('api.example.com'), from, gateway: attached }),
  fc.record({
    form: fc.constant('gateway'),
    host: fc.constant('api.example.com'),
    className: fc.constant('envoy'),
    from,
    gateway: fc.record({ create: fc.constant(true), name: optionally(fc.constant('own')) }),
    tls: certificate,
  }),
  fc.record({
    form: fc.constant('ingress'),
    host: fc.constant('api.example.com'),
    className: optionally(fc.constant('nginx')),
    from,
    ingress: fc.record({ controller: fc.constantFrom('ingress-nginx', 'nginx', 'other') }),
    tls: certificate,
    trustedProxies: optionally(cidrs),
  }),
);

const scaling = fc
  .record({ min: fc.integer({ min: 1, max: 4 }), more: fc.integer({ min: 0, max: 20 }) })
  .map(({ min, more }) => ({ min, max: min + more }));

const api = fc.record({
  image: fc.record({ digest: optionally(digest), tag: optionally(fc.constant('2.0.0-rc.1')) }),
  replicas: fc.integer({ min: 1, max: 4 }),
  scaling: optionally(scaling),
  canary: fc.option(fc.record({ digest, weight: fc.integer({ min: 0, max: 100 }) }), { nil: undefined, freq: 3 }),
  requestTimeoutSeconds: fc.constantFrom(1, 2.5, 60, 595),
  tracesRatio: fc.constantFrom(0, 0.1, 1),
  sentry: optionally(urls('http', 9000, 'https').map((place) => ({ ...place, credential: 'sentryDsn' }))),
});

const nodes = fc.constantFrom(1, 3, 4, 9);
const qdrant = fc.record({
  replicas: nodes,
  replicationFactor: fc.constantFrom(undefined, 1),
  storage,
  snapshots: storage,
});

/** Without embeddings there is no search by meaning. */
const search = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      qdrant: part(
        fc.record({ url: fc.constant('https://qdrant.example.com'), replicationFactor: fc.constantFrom(undefined, 2) }),
        qdrant,
      ),
      tei: fc.oneof(
        urls('http', 8080, 'https').map((place) => ({ use: 'external', ...place })),
        fc.record({
          use: fc.constant('bundled'),
          replicas: fc.integer({ min: 1, max: 3 }),
          credential: optionally(fc.constant('huggingFace')),
          storage,
        }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ qdrant: { use: 'off' }, tei: { use: 'off' } }) },
);

const database = fc.constantFrom(undefined, {
  address: 'postgresql://postgres.databases:5432',
  credential: 'mlflowStore',
});
const artifacts = fc.constantFrom(
  undefined,
  { destination: 's3://models/mlflow', accessKey: 's3AccessKey', secretKey: 's3SecretKey' },
  {
    destination: 's3://models/mlflow',
    endpoint: 'http://minio.storage:9000',
    accessKey: 's3AccessKey',
    secretKey: 's3SecretKey',
  },
);

const receivers = fc.subarray([
  { type: 'pagerduty', credential: 'pagerduty' },
  { type: 'slack', credential: 'slack', channel: '#alerts' },
  {
    type: 'email',
    to: 'oncall@example.com',
    from: 'ballast@example.com',
    smarthost: 'smtp.mail:587',
    username: 'ballast',
    credential: 'smtp',
  },
]);

const prometheus = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ use: fc.constant('bundled'), replicas: fc.integer({ min: 1, max: 3 }), storage }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      use: fc.constant('operator'),
      url: optionally(fc.constant('http://prometheus-operated.monitoring:9090')),
      labels: fc.constantFrom({}, { release: 'kube-prometheus-stack' }),
    }),
  },
  { weight: 1, arbitrary: urls('http', 9090, 'https').map((place) => ({ use: 'external', ...place })) },
  { weight: 1, arbitrary: fc.constant({ use: 'off' }) },
);

const backup = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ use: 'off' }) },
  { weight: 2, arbitrary: fc.record({ keep: fc.integer({ min: 1, max: 30 }), storage }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { objectStorage: { bucket: 'acme-backups', region: 'eu-central-1' } },
      { objectStorage: { bucket: 'acme-backups', endpoint: 'http://minio.storage:9000' } },
    ),
  },
);

const rotatable = ['redis-auth', 'qdrant-keys', 'api-keys', 'grafana-admin', 'litellm-keys', 'provider-keys'];

const keys = fc.record({
  environment: fc.constantFrom('development', 'production'),
  namespace: fc.constantFrom('ballast', 'team-a-ballast-production'),
  credentials: fc.constant(Object.fromEntries(credentials.map((name) => [name, `${credentialMark}${name}`]))),
  rotation: fc.dictionary(fc.constantFrom(...rotatable), fc.integer({ min: 1, max: 3 }), { maxKeys: 4 }),
  secrets: fc.constantFrom(
    {},
    { from: 'external-secrets', store: { name: 'vault' }, prefix: 'ballast/test' },
    { from: 'external-secrets', store: { kind: 'SecretStore', name: 'vault' } },
  ),
  api,
  gateway,
  search,
  litellm: part(
    withCredential(urls('http', 4000, 'https'), 'llm'),
    fc.record({ replicas: fc.integer({ min: 1, max: 4 }) }),
  ),
  redis: part(withCredential(urls('redis', 6379, 'rediss'), 'redis'), fc.record({ storage })),
  mlflow: part(urls('http', 5000, 'https'), fc.record({ database, artifacts })),
  prometheus,
  alertmanager: part(
    urls('http', 9093, 'https'),
    fc.record({
      replicas: fc.integer({ min: 1, max: 3 }),
      receivers: fc.record({ critical: receivers, warning: receivers }),
    }),
  ),
  kubeStateMetrics: fc.constantFrom({ use: 'bundled' }, { use: 'bundled' }, { use: 'off' }, { use: 'external' }),
  grafana: fc.oneof(fc.constant({ use: 'off' }), fc.record({ from: fc.constantFrom({}, { namespace: 'gateways' }) })),
  otelCollector: part(
    withCredential(urls('http', 4318, 'https'), 'telemetryHeaders'),
    fc.oneof(
      fc.record({ replicas: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ keepRatio: fc.constantFrom(0, 0.1) }),
    ),
  ),
  jaeger: part(urls('http', 4317, 'https')),
  loki: part(urls('http', 3100, 'https')),
  backup,
  spareCapabilities: fc.boolean(),
  keda: fc.boolean(),
  apiServer: fc.constantFrom(undefined, { cidrs: ['10.96.0.1/32'], ports: [443] }),
  dns: fc.constantFrom(undefined, { namespace: 'openshift-dns', labels: { dns: 'default' }, ports: [5353] }),
});

type Keys = typeof keys extends fc.Arbitrary<infer T> ? T : never;

/** The cluster has what the rest asks for, and now and then more; what commonly goes together, does. */
function complete({ spareCapabilities, keda, apiServer, dns, search, ...rest }: Keys): Configuration {
  const { gateway, secrets, prometheus, environment } = rest;
  const alerts = prometheus.use === 'bundled' || prometheus.use === 'operator';
  const alertmanager = alerts || rest.alertmanager.use !== 'bundled' ? rest.alertmanager : { use: 'off' };
  const fewest = environment === 'production' ? 2 : 1;
  const { min = fewest, max = fewest } = rest.api.scaling ?? {};
  const searches = search.qdrant.use !== 'off';
  const api = {
    ...rest.api,
    replicas: searches ? Math.max(fewest, rest.api.replicas) : 1,
    scaling:
      rest.api.scaling && searches
        ? { ...rest.api.scaling, min: Math.max(fewest, min), max: Math.max(fewest, max) }
        : undefined,
    canary: gateway.form === 'ingress' ? undefined : rest.api.canary,
  };
  const cluster = {
    keda,
    gatewayApi: spareCapabilities || gateway.form === 'gateway',
    certManager: spareCapabilities || JSON.stringify(gateway).includes('issuer'),
    prometheusOperator: spareCapabilities || prometheus.use === 'operator',
    externalSecrets: spareCapabilities || 'from' in secrets,
    apiServer,
    dns,
  };
  return asConfiguration({ ...rest, ...search, api, alertmanager, cluster });
}

/**
 * Configurations of stacks that go every way: most of them are valid, and some contradict themselves across keys, as a person's
 * would.
 */
export const anyConfigurations: fc.Arbitrary<Configuration> = keys.map(complete);

/** Whether the program takes it. */
export function isValid(configuration: Configuration): boolean {
  try {
    readStackConfig(configuration);
    return true;
  } catch {
    return false;
  }
}

/** Valid configurations of stacks. */
export const configurations: fc.Arbitrary<Configuration> = anyConfigurations.filter(isValid);
