import { describe, expect, test } from 'vitest';
import { describeKubeStateMetrics, kubeStateMetricsSettings } from './kube-state-metrics.ts';
import { scrapeTargets } from './prometheus/scrape.ts';

const settings = kubeStateMetricsSettings.parse({});
const { workloads } = describeKubeStateMetrics({ ...settings, images: {}, namespace: 'ballast-dev' });
const [workload] = workloads;

describe('kube-state-metrics', () => {
  test('reads the namespace of the stack and no other', () => {
    expect(workload?.containers[0].args).toContain('--namespaces=ballast-dev');
    expect(workload?.traits?.kubernetesAccess?.scope).toBe('namespace');
  });

  test('may list and watch exactly what it is told to', () => {
    const rules = workload?.traits?.kubernetesAccess?.rules ?? [];
    const granted = rules.flatMap(({ resources }) => resources);
    expect(workload?.containers[0].args).toContain(`--resources=${granted.join(',')}`);
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['list', 'watch']));
  });

  test('can read what the alerts on backups ask for, and no secret', () => {
    const granted = workload?.traits?.kubernetesAccess?.rules.flatMap(({ resources }) => resources);
    expect(granted).toEqual(expect.arrayContaining(['cronjobs', 'jobs']));
    expect(granted).not.toContain('secrets');
  });

  test('reaches the API server alone', () => {
    expect(workload?.connections).toEqual([{ to: 'kubernetes-api' }]);
  });

  test('runs once, since each copy would give every series again', () => {
    expect(workload?.runs).toEqual({ as: 'service', replicas: 1 });
  });

  test('keeps the labels of its series, which tell of other pods', () => {
    const [target, ...others] = scrapeTargets(workloads);
    expect(target).toMatchObject({ job: 'kube-state-metrics', port: { number: 8080 }, honorLabels: true });
    expect(others).toEqual([]);
  });
});
