import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { applyObjects } from '../../commands/apply/apply-objects.ts';
import { restartRenewed } from '../../commands/apply/restart-renewed.ts';
import { Kubectl } from '../../commands/kubectl.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { ApiServer } from './api-server.ts';

const namespace = 'default';
let server: ApiServer;
let kubectl: Kubectl;

beforeAll(async () => {
  server = await ApiServer.start();
  kubectl = new Kubectl(inject('kubectl'), ['--kubeconfig', server.kubeconfig]);
});
afterAll(() => server.stop());

function workload(kind: 'Deployment' | 'StatefulSet', name: string, image: string, replicas?: number): Manifest {
  const labels = { 'app.kubernetes.io/part-of': 'ballast', 'app.kubernetes.io/name': name };
  const template = { metadata: { labels }, spec: { containers: [{ name, image }] } };
  const spec = { selector: { matchLabels: labels }, template, ...(replicas !== undefined && { replicas }) };
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace, labels }, spec };
}

interface Stored {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

const stored = (resource: string) => kubectl.json<Stored>(['get', resource, '--namespace', namespace]);

describe('a field that others set', () => {
  const scaled = workload('Deployment', 'scaled', 'example.com/api:1');
  const setByOthers = new Map([[scaled, ['spec.replicas']]]);
  const copies = async () => (await stored('deployment/scaled')).spec.replicas;

  test('stays as it was applied when it is left to them', async () => {
    await applyObjects(kubectl, [workload('Deployment', 'scaled', 'example.com/api:1', 3)], new Map());
    const { unchanged } = await applyObjects(kubectl, [scaled], setByOthers);
    expect(unchanged).toEqual(['Deployment/default/scaled']);
    expect(await copies()).toBe(3);
  });

  test('stays as they set it', async () => {
    await kubectl.run(['scale', 'deployment/scaled', '--replicas=5', '--namespace', namespace]);
    await applyObjects(kubectl, [scaled], setByOthers);
    expect(await copies()).toBe(5);
  });

  test('has its default in a new object', async () => {
    const fresh = workload('Deployment', 'fresh', 'example.com/api:1');
    const { created } = await applyObjects(kubectl, [fresh], new Map([[fresh, ['spec.replicas']]]));
    expect(created).toEqual(['Deployment/default/fresh']);
    expect((await stored('deployment/fresh')).spec.replicas).toBe(1);
  });
});

test('an object that is refused keeps no other from being applied', async () => {
  const wrong: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Not A Name', namespace } };
  const right: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'right', namespace } };
  await expect(applyObjects(kubectl, [wrong, right], new Map())).rejects.toThrow(/Not A Name/);
  expect(await kubectl.run(['get', 'configmap/right', '--output', 'name'])).toBe('configmap/right');
});

test('the pods of images that the node got anew are replaced, and no others', async () => {
  const manifests = [
    workload('Deployment', 'api', 'example.com/api:1'),
    workload('StatefulSet', 'store', 'example.com/api:1'),
    workload('Deployment', 'proxy', 'example.com/proxy:1'),
  ];
  await applyObjects(kubectl, manifests, new Map());
  const restarts = () =>
    Promise.all(
      ['deployment/api', 'statefulset/store', 'deployment/proxy'].map(
        async (each) =>
          'kubectl.kubernetes.io/restartedAt' in ((await stored(each)).spec.template.metadata.annotations ?? {}),
      ),
    );
  await restartRenewed(kubectl, namespace, []);
  await restartRenewed(kubectl, namespace, ['example.com/other:1']);
  await restartRenewed(kubectl, 'not-there', ['example.com/proxy:1']);
  expect(await restarts()).toEqual([false, false, false]);
  await restartRenewed(kubectl, namespace, ['example.com/api:1']);
  expect(await restarts()).toEqual([true, true, false]);
  const { unchanged } = await applyObjects(kubectl, manifests, new Map());
  expect(unchanged).toHaveLength(3);
});
