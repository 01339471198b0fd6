import { describe, expect, it } from 'vitest';
import { configIssues } from './config-issues.ts';
import { stackSchema } from './config.ts';

/** What is wrong with a configuration, a line each. */
const issues = (keys: object): string[] =>
  (stackSchema.safeParse(keys).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

const off = { use: 'off' };
/** An API that keeps documents of its own. */
const alone = { qdrant: off, tei: off };

describe('a configuration that contradicts itself', () => {
  it('is none by default', () => {
    expect(configIssues(stackSchema.parse({}))).toEqual([]);
  });

  it('searches by meaning without embeddings', () => {
    expect(issues({ tei: off })).toEqual(['tei.use: off needs qdrant.use: off too, which searches by meaning']);
    const elsewhere = { use: 'external', url: 'https://qdrant.example.com' };
    expect(issues({ tei: off, qdrant: elsewhere })).toHaveLength(1);
    expect(issues(alone)).toEqual([]);
  });

  it('has several copies of the API without a store that they share', () => {
    const sentence = 'qdrant.use: off gives each copy of the API documents of its own: it needs api.replicas: 1';
    expect(issues({ ...alone, api: { replicas: 2 } })).toEqual([sentence]);
    expect(issues({ ...alone, api: { scaling: { min: 1, max: 2 } } })).toEqual([sentence]);
    expect(issues({ ...alone, api: { scaling: { min: 1, max: 1 }, replicas: 2 } })).toEqual([]);
  });

  it('has one copy of the API in production', () => {
    const environment = 'production';
    const sentence = 'api.replicas: at least 2 in production, or api.scaling';
    expect(issues({ environment })).toEqual([sentence]);
    expect(issues({ environment, api: { scaling: { min: 1, max: 3 }, replicas: 2 } })).toEqual([sentence]);
    expect(issues({ environment, api: { replicas: 2 } })).toEqual([]);
    expect(issues({ environment, api: { scaling: { min: 2, max: 3 } } })).toEqual([]);
  });

  it('leaves the objects of the cluster to others while its own Prometheus does not read them', () => {
    expect(issues({ kubeStateMetrics: { use: 'external' } })).toEqual([
      'kubeStateMetrics.use: external needs an existing Prometheus that scrapes it: prometheus.use: operator',
    ]);
    const operator = { cluster: { prometheusOperator: true }, prometheus: { use: 'operator' } };
    expect(issues({ ...operator, kubeStateMetrics: { use: 'external' } })).toEqual([]);
  });

  it('runs an Alertmanager that gets no alerts', () => {
    const elsewhere = { use: 'external', url: 'https://prometheus.example.com' };
    const why = 'it needs prometheus.use: bundled or operator; else it must be off or external';
    expect(issues({ prometheus: off })).toEqual([
      `alertmanager.use: bundled gets no alerts where prometheus.use is off: ${why}`,
    ]);
    expect(issues({ prometheus: elsewhere })).toEqual([
      `alertmanager.use: bundled gets no alerts where prometheus.use is external: ${why}`,
    ]);
    const existing = { use: 'external', url: 'https://alertmanager.example.com' };
    for (const prometheus of [off, elsewhere]) {
      for (const alertmanager of [off, existing]) expect(issues({ prometheus, alertmanager })).toEqual([]);
    }
  });

  it("lets an operator's Prometheus send alerts, whose routes are the stack's", () => {
    const cluster = { prometheusOperator: true };
    expect(issues({ cluster, prometheus: { use: 'operator' }, alertmanager: { use: 'bundled' } })).toEqual([]);
  });

  it('collects what nothing takes', () => {
    const nowhere = { jaeger: off, mlflow: off, loki: off };
    expect(issues(nowhere)).toEqual([
      'otelCollector.use: off where jaeger, mlflow and loki are off: nothing takes what it collects',
    ]);
    expect(issues({ ...nowhere, otelCollector: off })).toEqual([]);
    for (const key of ['jaeger', 'mlflow', 'loki']) expect(issues({ ...nowhere, [key]: {} }), key).toEqual([]);
  });

  it('wants what the cluster does not have', () => {
    expect(issues({ prometheus: { use: 'operator' } })).toEqual([
      'prometheus.use: operator needs cluster.prometheusOperator: true',
    ]);
    expect(issues({ secrets: { from: 'external-secrets' } })).toEqual([
      'secrets.from: external-secrets needs cluster.externalSecrets: true',
      'secrets.store: needed with from: external-secrets',
    ]);
    const cluster = { externalSecrets: true, prometheusOperator: true };
    const secrets = { from: 'external-secrets', store: { name: 'vault' } };
    expect(issues({ cluster, secrets, prometheus: { use: 'operator' } })).toEqual([]);
  });

  it('has a way in from outside that cannot be, or a canary behind an Ingress', () => {
    const sentence = 'gateway.form: an Ingress cannot split requests by weight: api.canary needs form: gateway';
    const gateway = {
      form: 'ingress',
      host: 'api.example.com',
      from: { namespace: 'nginx' },
      tls: { unencrypted: true },
    };
    const canary = { digest: `sha256:${'a'.repeat(64)}`, weight: 5 };
    expect(issues({ gateway, api: { canary } })).toEqual([sentence]);
    expect(issues({ api: { canary } })).toEqual([
      'api.canary: needs gateway.form: gateway, whose route gives it its share',
    ]);
    expect(issues({ gateway })).toEqual([]);
    expect(issues({ gateway: { ...gateway, host: undefined } })).toEqual(['gateway.host: needed with form: ingress']);
  });

  it('gives the service what it would refuse at its start, in its own words', () => {
    const environment = { RATE_LIMIT_PER_MINUTE: 'zero', LOG_LEVEL: 'loud' };
    expect(issues({ api: { environment } })).toEqual([
      'api.environment.LOG_LEVEL: one of debug, info, warn, error, fatal',
      'api.environment.RATE_LIMIT_PER_MINUTE: a whole number from 1 to 1000000000',
    ]);
  });

  it('lacks a part that a variable of the service needs', () => {
    expect(issues({ ...alone, api: { environment: { SEMANTIC_CACHE_ENABLED: 'true' } } })).toEqual([
      'api.environment: TEI_URL must be set, because SEMANTIC_CACHE_ENABLED needs an embedding service; ' +
        'it follows from the keys of the parts',
    ]);
  });

  it('has all its contradictions told at once', () => {
    const told = issues({ environment: 'production', tei: off, prometheus: { use: 'operator' } });
    expect(told.map((line) => line.split(':')[0])).toEqual(['tei.use', 'api.replicas', 'prometheus.use']);
  });
});
