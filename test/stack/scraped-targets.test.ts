import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertmanager } from '../../alerts/promql/foreign/alertmanager.ts';
import { alloy } from '../../alerts/promql/foreign/alloy.ts';
import { certManager } from '../../alerts/promql/foreign/cert-manager.ts';
import { foreignMetrics } from '../../alerts/promql/foreign/index.ts';
import { kubeStateMetrics } from '../../alerts/promql/foreign/kube-state-metrics.ts';
import { kubelet } from '../../alerts/promql/foreign/kubelet.ts';
import { litellm } from '../../alerts/promql/foreign/litellm.ts';
import { loki } from '../../alerts/promql/foreign/loki.ts';
import type { ForeignMetrics } from '../../alerts/promql/foreign/metric.ts';
import { otelCollector } from '../../alerts/promql/foreign/otel-collector.ts';
import { promClient } from '../../alerts/promql/foreign/prom-client.ts';
import { prometheus } from '../../alerts/promql/foreign/prometheus.ts';
import { qdrant } from '../../alerts/promql/foreign/qdrant.ts';
import { redis } from '../../alerts/promql/foreign/redis.ts';
import { tei } from '../../alerts/promql/foreign/tei.ts';
import { scrapedTargets, type ScrapedTarget } from '../../alerts/target.ts';
import { renderConfiguration } from '../../infra/render/render.ts';
import { metrics } from '../../service/contract/metrics.ts';
import { Rendered } from './rendered.ts';
import { configurationVariants, type Configuration } from './variants.ts';

/** An endpoint of a ServiceMonitor, as far as it decides the labels of its series. */
interface Endpoint {
  readonly honorLabels?: boolean;
  readonly relabelings: readonly {
    readonly action: string;
    readonly targetLabel?: string;
    readonly replacement?: string;
    readonly regex?: string;
  }[];
}

interface PrometheusConfiguration {
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

/** The variant for an operator with the canary of the one that has it. */
function canaryOfOperator(): Configuration {
  const { operator = {}, canary = {} } = configurationVariants();
  const cluster = { prometheusOperator: true, gatewayApi: true, certManager: true };
  return {
    ...canary,
    'ballast:cluster': JSON.stringify(cluster),
    'ballast:prometheus': operator['ballast:prometheus'] ?? '',
  };
}

const variants: Rendered[] = [];
beforeAll(async () => {
  const configurations = { ...configurationVariants(), 'canary-of-operator': canaryOfOperator() };
  for (const [name, configuration] of Object.entries(configurations)) {
    variants.push(new Rendered(await renderConfiguration(configuration, name)));
  }
});

/** Every endpoint that an operator scrapes, in any variant. */
const endpoints = () =>
  variants.flatMap((stack) =>
    stack.all<{ endpoints: readonly Endpoint[] }>('ServiceMonitor').flatMap(({ spec }) => spec.endpoints),
  );

const jobOf = ({ relabelings }: Endpoint) =>
  relabelings.find(({ targetLabel }) => targetLabel === 'job')?.replacement ?? '';

/** The jobs of the stack's own Prometheus, in any variant. */
const bundledJobs = () =>
  variants
    .filter((stack) => stack.has('ConfigMap', 'prometheus-configuration'))
    .flatMap((stack) => {
      const { 'prometheus.yml': text = '' } = stack.get('ConfigMap', 'prometheus-configuration')['data'] as Record<
        string,
        string
      >;
      return (parse(text) as PrometheusConfiguration).scrape_configs.map(({ job_name }) => job_name);
    });

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

describe('what is scraped', () => {
  test('is what alerts tell to be down, and nothing else', () => {
    expect(sorted(bundledJobs())).toEqual(sorted(scrapedTargets));
  });

  test('is by an operator all but what is not of the stack then', () => {
    const others: readonly string[] = ['prometheus', 'alertmanager', 'cert-manager'];
    expect(sorted(endpoints().map(jobOf))).toEqual(sorted(scrapedTargets.filter((job) => !others.includes(job))));
  });
});

/**
 * What the Prometheus operator labels the targets of a ServiceMonitor with, where each is a pod, before the relabelings of the
 * monitor: `generateServiceMonitorConfig` in pkg/prometheus/promcfg.go of https://github.com/prometheus-operator/prometheus-operator
 */
const operatorLabels = ['container', 'endpoint', 'instance', 'job', 'namespace', 'pod', 'service'];

/** The labels that the series of an endpoint have from their target. */
function targetLabels({ relabelings }: Endpoint): ReadonlySet<string> {
  const labels = new Set(operatorLabels);
  for (const { action, targetLabel, regex = '' } of relabelings) {
    if (action === 'replace' && targetLabel !== undefined) labels.add(targetLabel);
    else if (action === 'labeldrop') {
      for (const label of labels) if (new RegExp(`^(?:${regex})$`).test(label)) labels.delete(label);
    } else throw new Error(`what a relabeling with ${action} does to labels is not known here`);
  }
  return labels;
}

/** The service's own metrics, in the form of those of others. */
const service: ForeignMetrics = {
  ...promClient,
  ...Object.fromEntries(
    Object.entries(metrics).map(([name, { type, labels }]) => [name, { type, labels: Object.keys(labels) }]),
  ),
};

/** What rules and dashboards read of each target. */
const emitted: Readonly<Record<ScrapedTarget, ForeignMetrics>> = {
  api: service,
  'api-canary': service,
  qdrant,
  tei,
  litellm,
  redis,
  prometheus,
  alertmanager,
  'kube-state-metrics': kubeStateMetrics,
  grafana: {},
  'otel-collector': otelCollector,
  jaeger: otelCollector,
  loki,
  alloy,
  'cert-manager': certManager,
};

describe('where an operator scrapes', () => {
  test('no label of a series is overwritten by one of its target', () => {
    const overwritten = endpoints()
      .filter(({ honorLabels = false }) => !honorLabels)
      .flatMap((endpoint) => {
        const job = jobOf(endpoint);
        const ofTarget = targetLabels(endpoint);
        return Object.entries(emitted[job as ScrapedTarget]).flatMap(([name, { labels = [] }]) =>
          labels.filter((label) => ofTarget.has(label)).map((label) => `${job}: ${name}{${label}}`),
        );
      });
    expect(sorted(overwritten)).toEqual([]);
  });

  test('rules find the labels that tell namespaces, jobs and copies apart', () => {
    for (const endpoint of endpoints()) {
      expect([...targetLabels(endpoint)]).toEqual(expect.arrayContaining(['namespace', 'job', 'instance']));
    }
  });

  test('every metric that is not of the kubelet is one of a target', () => {
    const known = new Set(Object.values(emitted).flatMap((all) => Object.keys(all)));
    expect(Object.keys(foreignMetrics).filter((name) => !known.has(name))).toEqual(Object.keys(kubelet));
  });
});
