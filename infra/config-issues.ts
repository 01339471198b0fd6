import type { StackConfig } from './config.ts';
import { environmentProblems } from './stack/api/api.ts';
import { isDerived } from './stack/api/settings.ts';
import { gatewayIssues, type ConfigIssue } from './stack/gateway/issues.ts';
import { apiArgs } from './stack/links.ts';

/** What in a configuration, valid key by key, contradicts itself across keys. */
export function configIssues(config: StackConfig): ConfigIssue[] {
  const canary = config.api.canary !== undefined;
  const problems = [...partProblems(config), ...clusterProblems(config)].map(([path, message]) => ({
    path: path.split('.'),
    message,
  }));
  const issues = [...gatewayIssues(config.gateway, config.cluster, canary), ...problems];
  // The service's own check comes last: with the links above it has all that it needs.
  return issues.length > 0 ? issues : serviceProblems(config);
}

/** Path, and message. */
type Problem = readonly [path: string, message: string];

function* partProblems(config: StackConfig): Generator<Problem> {
  const { api, gateway, qdrant, tei, prometheus, alertmanager, otelCollector, jaeger, mlflow, loki } = config;
  if (qdrant.use !== 'off' && tei.use === 'off')
    yield ['tei.use', 'off needs qdrant.use: off too, which searches by meaning'];
  const copies = api.scaling?.max ?? api.replicas;
  if (qdrant.use === 'off' && copies > 1) {
    yield ['qdrant.use', 'off gives each copy of the API documents of its own: it needs api.replicas: 1'];
  }
  if (config.environment === 'production' && (api.scaling?.min ?? api.replicas) < 2) {
    yield ['api.replicas', 'at least 2 in production, or api.scaling'];
  }
  if (config.kubeStateMetrics.use === 'external' && prometheus.use === 'bundled') {
    yield ['kubeStateMetrics.use', 'external needs an existing Prometheus that scrapes it: prometheus.use: operator'];
  }
  if (alertmanager.use === 'bundled' && (prometheus.use === 'off' || prometheus.use === 'external')) {
    const allowed = 'it needs prometheus.use: bundled or operator; else it must be off or external';
    yield ['alertmanager.use', `bundled gets no alerts where prometheus.use is ${prometheus.use}: ${allowed}`];
  }
  if (api.canary !== undefined && gateway.form === 'none') {
    yield ['api.canary', 'needs gateway.form: gateway, whose route gives it its share'];
  }
  const stores = [jaeger, mlflow, loki].filter(({ use }) => use !== 'off');
  if (otelCollector.use === 'bundled' && stores.length === 0) {
    yield ['otelCollector.use', 'off where jaeger, mlflow and loki are off: nothing takes what it collects'];
  }
}

function* clusterProblems({ cluster, prometheus, secrets }: StackConfig): Generator<Problem> {
  if (prometheus.use === 'operator' && !cluster.prometheusOperator) {
    yield ['prometheus.use', 'operator needs cluster.prometheusOperator: true'];
  }
  if (secrets.from === 'generated') return;
  if (!cluster.externalSecrets) yield ['secrets.from', 'external-secrets needs cluster.externalSecrets: true'];
  if (secrets.store === undefined) yield ['secrets.store', 'needed with from: external-secrets'];
}

/** What the service would say at its start, said before anything is deployed. */
function serviceProblems(config: StackConfig): ConfigIssue[] {
  const problems = environmentProblems(apiArgs(config, ''));
  return problems.map(({ name, message }) =>
    isDerived(name)
      ? { path: ['api', 'environment'], message: `${name} must be ${message}; it follows from the keys of the parts` }
      : { path: ['api', 'environment', name], message },
  );
}
