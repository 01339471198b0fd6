import { join } from 'node:path';
import { readStackFile } from '../../infra/render/stack-file.ts';

const root = join(import.meta.dirname, '..', '..');

/** Configuration of a stack as the engine passes it: keys with their text, objects as JSON. */
export type Configuration = Readonly<Record<string, string>>;

/** What is under each key of a stack's file, as a configuration. */
export const asConfiguration = (keys: Readonly<Record<string, unknown>>): Configuration =>
  Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [
      `ballast:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

const digest = `sha256:${'ab'.repeat(32)}`;

/** The committed stacks, and configurations that go the other ways: each form and each switch at least once. */
export function configurationVariants(): Readonly<Record<string, Configuration>> {
  return {
    dev: readStackFile(root, 'dev'),
    prod: readStackFile(root, 'prod'),
    smallest: asConfiguration({
      qdrant: { use: 'off' },
      tei: { use: 'off' },
      litellm: { use: 'off' },
      redis: { use: 'off' },
      mlflow: { use: 'off' },
      jaeger: { use: 'off' },
      loki: { use: 'off' },
      otelCollector: { use: 'off' },
      grafana: { use: 'off' },
      prometheus: { use: 'off' },
      alertmanager: { use: 'off' },
      kubeStateMetrics: { use: 'off' },
    }),
    'existing-parts': asConfiguration({
      cluster: { prometheusOperator: true },
      credentials: { redisPassword: 'x', qdrantApiKey: 'x', llmApiKey: 'x', sentryDsn: 'x' },
      api: { sentry: { credential: 'sentryDsn' } },
      otelCollector: { keepRatio: 0.1 },
      qdrant: { use: 'external', url: 'https://qdrant.example.com' },
      tei: { use: 'external', url: 'http://tei.models:8080' },
      redis: { use: 'external', url: 'rediss://10.1.2.3:6380', credential: 'redisPassword' },
      litellm: { use: 'external', url: 'https://llm.example.com/v1', credential: 'llmApiKey' },
      mlflow: { use: 'external', url: 'http://mlflow.ml.svc:5000' },
      jaeger: { use: 'external', url: 'http://jaeger.tracing:4317' },
      loki: { use: 'external', url: 'http://loki.logging.svc.cluster.local:3100' },
      prometheus: { use: 'operator', labels: { release: 'kube-prometheus-stack' } },
      alertmanager: { use: 'off' },
      kubeStateMetrics: { use: 'external' },
    }),
    operator: asConfiguration({
      environment: 'production',
      cluster: { prometheusOperator: true, keda: true },
      credentials: { pagerduty: 'x' },
      api: { scaling: { min: 2, max: 4 } },
      prometheus: {
        use: 'operator',
        url: 'http://prometheus-operated.monitoring:9090',
        labels: { release: 'kube-prometheus-stack' },
      },
      alertmanager: { receivers: { critical: [{ type: 'pagerduty', credential: 'pagerduty' }] } },
    }),
    canary: asConfiguration({
      cluster: { gatewayApi: true, certManager: true },
      api: { replicas: 2, canary: { digest, weight: 10 } },
      gateway: {
        form: 'gateway',
        host: 'api.example.com',
        className: 'envoy',
        gateway: { create: true },
        tls: { issuer: { name: 'letsencrypt' } },
        from: { namespace: 'envoy-gateway-system' },
      },
    }),
    ingress: asConfiguration({
      cluster: { certManager: true },
      api: { scaling: { min: 2, max: 3 }, image: { digest } },
      gateway: {
        form: 'ingress',
        host: 'api.example.com',
        className: 'nginx',
        ingress: { controller: 'nginx' },
        tls: { issuer: { name: 'letsencrypt', kind: 'Issuer' } },
        from: { namespace: 'ingress-nginx' },
      },
    }),
    'external-secrets': asConfiguration({
      cluster: { externalSecrets: true },
      secrets: { from: 'external-secrets', store: { name: 'vault' }, prefix: 'ballast/test' },
      rotation: { 'redis-auth': 3, 'api-keys': 2 },
      api: {
        sentry: {
          credential: 'sentryDsn',
          url: 'https://sentry.example.com:9443',
          egress: { cidrs: ['192.0.2.0/24'] },
        },
        tracesRatio: 0.1,
      },
      otelCollector: { use: 'external', url: 'https://otel.example.com', credential: 'telemetryHeaders' },
    }),
    clustered: asConfiguration({
      qdrant: { replicas: 5, replicationFactor: 3 },
      redis: { maxMemory: '1gb' },
      alertmanager: { replicas: 3 },
      prometheus: { replicas: 2 },
      otelCollector: { replicas: 3 },
      litellm: { replicas: 3 },
      tei: { replicas: 2 },
    }),
  };
}
