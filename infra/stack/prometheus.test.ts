import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ruleGroups } from '../../alerts/index.ts';
import { vectorStore } from '../../test/stack/vector-store.ts';
import { container } from '../../test/stack/workload.ts';
import type { Workload } from '../workload.ts';
import { alertmanagerLink, alertmanagerSettings } from './alertmanager.ts';
import { describePrometheus, prometheusLink, type PrometheusArgs } from './prometheus.ts';
import type { PrometheusConfiguration } from './prometheus/configuration.ts';
import { prometheusSettings } from './prometheus/settings.ts';

const bundledAlertmanager = alertmanagerLink(alertmanagerSettings.parse({}));

function prometheus(settings: object = {}, args: Partial<PrometheusArgs> = {}) {
  const description = describePrometheus({
    ...prometheusSettings.parse(settings),
    images: {},
    namespace: 'ballast',
    workloads: [vectorStore],
    ruleGroups: ruleGroups(new Set(['qdrant', 'prometheus'])),
    alertmanager: bundledAlertmanager,
    kedaNamespace: undefined,
    keepData: false,
    ...args,
  });
  const [workload] = description.workloads;
  if (workload === undefined) throw new Error('no workload');
  const files = workload.volumes?.flatMap((volume) => (volume.kind === 'files' ? [volume.files] : []))[0] ?? {};
  return { workload, files, configuration: parse(files['prometheus.yml'] ?? '') as PrometheusConfiguration };
}

describe('the configuration of Prometheus', () => {
  test('scrapes each copy of Qdrant with the read-only key', () => {
    const { configuration, workload } = prometheus();
    expect(configuration.scrape_configs.find(({ job_name }) => job_name === 'qdrant')).toEqual({
      job_name: 'qdrant',
      metrics_path: '/metrics',
      honor_labels: false,
      authorization: {
        type: 'Bearer',
        credentials_file: '/etc/prometheus-secrets/qdrant-keys/read-only-api-key',
      },
      dns_sd_configs: [{ names: ['qdrant-peers'], type: 'A', port: 6333, refresh_interval: '15s' }],
    });
    expect(workload.volumes).toContainEqual({
      kind: 'secret-files',
      name: 'qdrant-keys',
      secret: 'qdrant-keys',
      keys: { 'read-only-api-key': 'read-only-api-key' },
    });
    expect(workload.containers[0].mounts).toMatchObject({ 'qdrant-keys': '/etc/prometheus-secrets/qdrant-keys' });
  });

  test('scrapes Prometheus itself', () => {
    expect(prometheus().configuration.scrape_configs.map(({ job_name }) => job_name)).toEqual(['qdrant', 'prometheus']);
  });

  test('scrapes cert-manager where it makes a certificate, and keeps what it says of the stack', () => {
    const { configuration, workload } = prometheus({}, { namespace: 'rag', certManagerNamespace: 'certificates' });
    expect(configuration.scrape_configs.find(({ job_name }) => job_name === 'cert-manager')).toEqual({
      job_name: 'cert-manager',
      metrics_path: '/metrics',
      honor_labels: true,
      dns_sd_configs: [{ names: ['cert-manager.certificates.svc'], type: 'A', port: 9402, refresh_interval: '15s' }],
      metric_relabel_configs: [
        { source_labels: ['__name__', 'namespace'], regex: 'certmanager_certificate_.+;rag', action: 'keep' },
      ],
    });
    expect(workload.connections).toContainEqual({ to: 'namespace', namespace: 'certificates', ports: [9402] });
  });

  test('takes a sample each 15 seconds, so that windows of 5 minutes hold 20', () => {
    const { global } = prometheus().configuration;
    expect(global).toMatchObject({ scrape_interval: '15s', evaluation_interval: '15s' });
  });

  test('sends alerts to each copy of Alertmanager', () => {
    expect(prometheus().configuration.alerting?.alertmanagers).toEqual([
      { dns_sd_configs: [{ names: ['alertmanager-peers'], type: 'A', port: 9093, refresh_interval: '15s' }] },
    ]);
  });

  test('sends alerts to an existing Alertmanager at its URL', () => {
    const url = 'http://alertmanager.monitoring:9093/am/';
    const alertmanager = alertmanagerLink(alertmanagerSettings.parse({ use: 'external', url }));
    const { configuration, workload } = prometheus({}, { alertmanager });
    expect(configuration.alerting?.alertmanagers).toEqual([
      { scheme: 'http', path_prefix: '/am', static_configs: [{ targets: ['alertmanager.monitoring:9093'] }] },
    ]);
    expect(workload.connections).toContainEqual({ to: 'namespace', namespace: 'monitoring', ports: [9093] });
  });

  test('sends alerts nowhere without an Alertmanager', () => {
    expect(prometheus({}, { alertmanager: undefined }).configuration).not.toHaveProperty('alerting');
  });

  test.each([
    ['5Gi', '4096MB'],
    ['500Mi', '400MB'],
    ['1Ti', '838860MB'],
  ])('keeps 30 days, in at most four fifths of a volume of %s', (size, retention) => {
    const { storage } = prometheus({ storage: { size } }).configuration;
    expect(storage.tsdb.retention).toEqual({ time: '30d', size: retention });
  });

  test('keeps exemplars, which lead from a graph to a trace', () => {
    const { configuration, workload } = prometheus();
    expect(workload.containers[0].args).toContain('--enable-feature=exemplar-storage');
    expect(configuration.storage.exemplars.max_exemplars).toBeGreaterThan(0);
  });

  test('holds the rules that it names', () => {
    const { configuration, files } = prometheus();
    expect(configuration.rule_files.every((file) => file in files)).toBe(true);
    const rules = parse(files['rules.yml'] ?? '') as { groups: { name: string }[] };
    expect(rules.groups.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['target-qdrant', 'target-prometheus']),
    );
  });

  test('tells Alertmanager the namespace, and nothing by which copies of Prometheus differ', () => {
    expect(prometheus({ replicas: 2 }).configuration.global.external_labels).toEqual({ namespace: 'ballast' });
  });
});

describe('the workload of Prometheus', () => {
  test('reaches what it scrapes, itself and Alertmanager, each once', () => {
    const alertmanager: Workload = {
      ...vectorStore,
      name: 'alertmanager',
      containers: [container({ ports: [{ name: 'http', number: 9093, metrics: {} }] })],
    };
    const { workload } = prometheus({}, { workloads: [vectorStore, alertmanager] });
    expect(workload.connections).toEqual([
      { to: 'workload', workload: 'qdrant', port: 'http' },
      { to: 'workload', workload: 'alertmanager', port: 'http' },
      { to: 'workload', workload: 'prometheus', port: 'http' },
    ]);
  });

  test('needs no access to the Kubernetes API', () => {
    const { workload } = prometheus();
    expect(workload.traits?.kubernetesAccess).toBeUndefined();
    expect(workload.connections).not.toContainEqual({ to: 'kubernetes-api' });
  });

  test('cannot be reloaded, stopped or emptied through its API, and takes no samples that are sent to it', () => {
    expect(prometheus().workload.containers[0].args?.join(' ')).not.toMatch(/lifecycle|admin-api|receiver/);
  });

  test('lets KEDA ask where the cluster has it', () => {
    expect(prometheus().workload.admits).toEqual([]);
    expect(prometheus({}, { kedaNamespace: 'keda' }).workload.admits).toEqual([{ namespace: 'keda', port: 'http' }]);
  });

  test('mounts every volume, and has every volume that it mounts', () => {
    const { workload } = prometheus();
    const names = workload.volumes?.map(({ name }) => name).sort();
    expect(Object.keys(workload.containers[0].mounts ?? {}).sort()).toEqual(names);
  });

  test('protects its data where that is asked for', () => {
    expect(prometheus({}, { keepData: true }).workload.traits?.keepData).toBe(true);
  });

  test('leaves one of two copies when a node is drained, and does not block it with one', () => {
    expect(prometheus({ replicas: 2 }).workload.traits?.minAvailable).toBe(1);
    expect(prometheus().workload.traits?.minAvailable).toBeUndefined();
  });
});

describe('the link to Prometheus', () => {
  const link = (settings: object) => prometheusLink(prometheusSettings.parse(settings));

  test('is the bundled one by default', () => {
    expect(link({})).toEqual({
      url: 'http://prometheus:9090',
      connection: { to: 'workload', workload: 'prometheus', port: 'http' },
    });
  });

  test.each(['external', 'operator'])('is an existing one at its URL with use: %s', (use) => {
    expect(link({ use, url: 'http://prometheus-operated.monitoring:9090/' })).toEqual({
      url: 'http://prometheus-operated.monitoring:9090',
      connection: { to: 'namespace', namespace: 'monitoring', ports: [9090] },
    });
  });

  test('is none when it is off, or where nobody says where the operator has it', () => {
    expect(link({ use: 'off' })).toBeUndefined();
    expect(link({ use: 'operator' })).toBeUndefined();
  });

  test('needs the URL of an external one', () => {
    expect(() => link({ use: 'external' })).toThrow('needed with use: external');
  });
});
