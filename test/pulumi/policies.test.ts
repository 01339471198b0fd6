import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onPath } from '../../commands/on-path.ts';
import type { KubernetesObject } from '../../policies/kubernetes/object.ts';
import { ApiServer } from '../cluster/api-server.ts';
import { PolicyProgram } from './policy-program.ts';

const metadata = { name: 'web', namespace: 'default', annotations: { 'pulumi.com/skipAwait': 'true' } };
const labels = { app: 'web' };

/** Objects of a program with one workload. */
const deployment = (image: string, changes: { annotations?: object; replicas?: number } = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { ...metadata, annotations: { ...metadata.annotations, ...changes.annotations } },
  spec: {
    ...(changes.replicas !== undefined && { replicas: changes.replicas }),
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
  },
});
const autoscaler: KubernetesObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata,
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 3,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
  },
};

const tags = { all: 'disabled', 'image-tag': 'mandatory', exceptions: 'advisory' };
const scaling = { all: 'disabled', 'autoscaled-replicas': 'mandatory' };
const tagged = 'registry.example.com/web:1.4.2';

// One story: each test begins where the one before it ends.
describe.skipIf(onPath('pulumi') === undefined)('the policy pack, by a real Pulumi', () => {
  let server: ApiServer;
  let program: PolicyProgram;
  beforeAll(async () => {
    server = await ApiServer.start();
    program = await PolicyProgram.create(server.kubeconfig);
  });
  afterAll(async () => {
    program.remove();
    await server.stop();
  });

  const imageInCluster = async (): Promise<string | undefined> => {
    type Body = { spec?: { template: { spec: { containers: { image: string }[] } } } };
    const { body } = await server.request('GET', '/apis/apps/v1/namespaces/default/deployments/web');
    return (body as Body).spec?.template.spec.containers[0]?.image;
  };

  test('refuses an object that violates a rule before it is in the cluster, even without a preview', async () => {
    const { code, output } = await program.up([deployment('web:latest')], tags, '--skip-preview');
    expect(code).not.toBe(0);
    expect(output).toMatch(/\[mandatory\].* image-tag /);
    expect(output).toContain('container "web" runs the image web:latest, whose tag is latest.');
    expect(output).toContain('Name the version that was tested');
    expect(await imageInCluster()).toBeUndefined();
  });

  test('refuses a configuration with a parameter of the wrong type', async () => {
    const wrong = { ...tags, 'required-labels': { enforcementLevel: 'mandatory', labels: 'team' } };
    const { code, output } = await program.up([deployment(tagged)], wrong);
    expect(code).not.toBe(0);
    expect(output).toMatch(/required-labels.*labels/);
    expect(await imageInCluster()).toBeUndefined();
  });

  test('lets a clean object pass', async () => {
    const { code, output } = await program.up([deployment(tagged)], tags);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).not.toContain('[mandatory]');
    expect(await imageInCluster()).toBe(tagged);
  });

  test('refuses a change for the worse, and leaves what is there', async () => {
    const { code } = await program.up([deployment('web')], tags);
    expect(code).not.toBe(0);
    expect(await imageInCluster()).toBe(tagged);
  });

  test('tells of an exception with its reason', async () => {
    const annotations = { 'policies.ballast.dev/image-tag': 'It is built on the node.' };
    const { code, output } = await program.up([deployment('web', { annotations })], tags);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/\[advisory\].* exceptions /);
    expect(output).toContain('The reason: It is built on the node.');
    expect(await imageInCluster()).toBe('web');
  });

  test('does not take the number of copies that the cluster filled in for one of the program', async () => {
    const { code, output } = await program.up([deployment(tagged), autoscaler], scaling);
    expect({ code, output }).toMatchObject({ code: 0 });
    const refused = await program.up([deployment(tagged, { replicas: 2 }), autoscaler], scaling);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/\[mandatory\].* autoscaled-replicas /);
  });
});
