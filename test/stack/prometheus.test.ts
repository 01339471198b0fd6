import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { ruleGroups } from '../../alerts/index.ts';
import { observedTargets, scheduledTargets, scrapedTargets } from '../../alerts/target.ts';
import { alertmanagerLink, alertmanagerSettings, describeAlertmanager } from '../../infra/stack/alertmanager.ts';
import { describeKubeStateMetrics, kubeStateMetricsSettings } from '../../infra/stack/kube-state-metrics.ts';
import { describePrometheus } from '../../infra/stack/prometheus.ts';
import { prometheusSettings } from '../../infra/stack/prometheus/settings.ts';
import { run } from '../processes.ts';
import { vectorStore } from './vector-store.ts';

/** Puts the files of a Prometheus into a folder as its container has them, with the secrets that it shows. */
async function writeFiles(settings: object): Promise<string> {
  const images = {};
  const namespace = 'ballast';
  const alertmanager = alertmanagerSettings.parse({});
  const { workloads } = describePrometheus({
    ...prometheusSettings.parse(settings),
    images,
    namespace,
    workloads: [
      vectorStore,
      ...describeAlertmanager({ ...alertmanager, images, rotation: 1, form: 'bundled' }).workloads,
      ...describeKubeStateMetrics({ ...kubeStateMetricsSettings.parse({}), images, namespace }).workloads,
    ],
    ruleGroups: ruleGroups(new Set([...scrapedTargets, ...scheduledTargets, ...observedTargets])),
    alertmanager: alertmanagerLink(alertmanager),
    kedaNamespace: undefined,
    certManagerNamespace: 'cert-manager',
    keepData: true,
  });
  const folder = await mkdtemp(join(tmpdir(), 'ballast-prometheus-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const { containers, volumes = [] } of workloads) {
    for (const volume of volumes) {
      const path = containers[0].mounts?.[volume.name] ?? '';
      if (volume.kind === 'files') await writeAll(folder, path, volume.files, containers[0].mounts ?? {});
      if (volume.kind === 'secret-files') await writeAll(folder, path, volume.keys, {});
    }
  }
  return join(folder, 'etc', 'prometheus');
}

/** Writes files below the folder in place of the root, and lets the paths in them point there too. */
async function writeAll(
  folder: string,
  path: string,
  files: Readonly<Record<string, string>>,
  mounts: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, path, name);
    await mkdir(dirname(file), { recursive: true });
    const moved = Object.values(mounts).reduce((all, mount) => all.replaceAll(`${mount}/`, `${folder}${mount}/`), text);
    await writeFile(file, moved);
  }
}

describe('promtool accepts', () => {
  test.each([
    ['small', {}],
    ['large', { replicas: 2, storage: { size: '1Ti' }, retentionDays: 3650 }],
  ])('the %s configuration of Prometheus, its rules and its secret files', async (_, settings) => {
    const folder = await writeFiles(settings);
    const { code, stdout, stderr } = await run(inject('promtool'), ['check', 'config', join(folder, 'prometheus.yml')]);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('1 rule files found');
    expect(stdout).not.toMatch(/FAILED|WARNING/);
  });

  test('every rule, with nothing to remark', async () => {
    const folder = await writeFiles({});
    const args = ['check', 'rules', '--lint=all', '--lint-fatal', join(folder, 'rules.yml')];
    const { code, stdout, stderr } = await run(inject('promtool'), args);
    expect(code, stdout + stderr).toBe(0);
  });
});

test('promtool refuses the configuration without the secret that Qdrant asks for', async () => {
  const folder = await writeFiles({});
  await rm(join(folder, '..', 'prometheus-secrets'), { recursive: true });
  const { code, stderr } = await run(inject('promtool'), ['check', 'config', join(folder, 'prometheus.yml')]);
  expect(code).not.toBe(0);
  expect(stderr).toContain('read-only-api-key');
});
