import { describe, expect, it } from 'vitest';
import { platformArgs, realise, realiseWorkload } from '../../test/stack/realise.ts';
import { container, workload } from '../../test/stack/workload.ts';
import type { KubernetesAccess, Workload } from '../workload.ts';

const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
const allowed = (scope: KubernetesAccess['scope']): Partial<Workload> => ({
  traits: { kubernetesAccess: { scope, rules } },
});

describe("a workload's rights at the API server", () => {
  it('are none, under an account of its own without a token', async () => {
    const registered = await realiseWorkload(workload('some'));
    expect(registered.get('ServiceAccount', 'some').inputs).toMatchObject({ automountServiceAccountToken: false });
    for (const kind of ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']) {
      expect(registered.names(kind)).toEqual([]);
    }
  });

  it('are those that it asks for, in its namespace', async () => {
    const registered = await realiseWorkload(workload('some', allowed('namespace')));
    expect(registered.get('ServiceAccount', 'some').inputs).toMatchObject({ automountServiceAccountToken: false });
    expect(registered.get('Role', 'some').inputs).toMatchObject({ rules });
    expect(registered.get('RoleBinding', 'some').inputs).toMatchObject({
      metadata: { namespace: 'ballast-test' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
      subjects: [{ kind: 'ServiceAccount', name: 'some', namespace: 'ballast-test' }],
    });
    expect(registered.dependencies('Deployment', 'some')).toEqual(expect.arrayContaining(['RoleBinding/some']));
  });

  it('are those that it asks for, in the whole cluster, under a name that carries the namespace', async () => {
    const registered = await realiseWorkload(workload('some', allowed('cluster')));
    const role = registered.get('ClusterRole', 'ballast-test-some').inputs;
    expect(role).toMatchObject({ metadata: { name: 'ballast-test-some' }, rules });
    expect(role['metadata']).not.toHaveProperty('namespace');
    expect(registered.get('ClusterRoleBinding', 'ballast-test-some').inputs).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: 'ballast-test-some' },
      subjects: [{ kind: 'ServiceAccount', name: 'some', namespace: 'ballast-test' }],
    });
  });
});

describe('the objects beside a workload', () => {
  const scaling = { min: 2, max: 4, cpuPercent: 70, memoryPercent: 85 };
  const load = { query: 'sum(active)', perReplica: 10, prometheusUrl: 'http://prometheus:9090' };
  const metrics = workload('some', { containers: [container({ ports: [{ name: 'http', number: 80, metrics: {} }] })] });

  it('are one autoscaler, after the Deployment that it scales, and a disruption budget', async () => {
    const traits = { scaling: { ...scaling, load }, minAvailable: 1 };
    const plain = await realiseWorkload(workload('some', { traits }));
    expect(plain.names('HorizontalPodAutoscaler')).toEqual(['some']);
    expect(plain.names('ScaledObject')).toEqual([]);
    expect(plain.names('PodDisruptionBudget')).toEqual(['some']);
    expect(plain.dependencies('HorizontalPodAutoscaler', 'some')).toContain('Deployment/some');
    expect(plain.get('Deployment', 'some').options.ignoreChanges).toEqual(['spec.replicas']);
    const cluster = { ...platformArgs().cluster, keda: true };
    const keda = await realiseWorkload(workload('some', { traits }), { cluster });
    expect(keda.names('HorizontalPodAutoscaler')).toEqual([]);
    expect(keda.get('ScaledObject', 'some').inputs).toMatchObject({
      apiVersion: 'keda.sh/v1alpha1',
      metadata: { annotations: { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' } },
      spec: { maxReplicaCount: 4 },
    });
  });

  it('are a monitor with the labels that the operator looks for, where there is one', async () => {
    expect((await realiseWorkload(metrics)).names('ServiceMonitor')).toEqual([]);
    const monitored = await realiseWorkload(metrics, { monitorLabels: { release: 'monitoring' } });
    expect(monitored.get('ServiceMonitor', 'some').inputs).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      metadata: { labels: { release: 'monitoring', 'app.kubernetes.io/name': 'some' } },
    });
    const silent = await realiseWorkload(workload('some'), { monitorLabels: {} });
    expect(silent.names('ServiceMonitor')).toEqual([]);
  });

  it('are never two Services with the labels that a monitor selects', async () => {
    const registered = await realiseWorkload(
      { ...metrics, runs: { as: 'stateful', replicas: 1 } },
      { monitorLabels: {} },
    );
    const named = (name: string) => ({ metadata: { labels: { 'app.kubernetes.io/name': name } } });
    expect(registered.get('Service', 'some').inputs).toMatchObject(named('some'));
    expect(registered.get('Service', 'some-peers').inputs).toMatchObject(named('some-peers'));
  });
});

describe('exceptions from policies', () => {
  it.each([
    ['Deployment', { as: 'service', replicas: 1 }],
    ['StatefulSet', { as: 'stateful', replicas: 1 }],
    ['CronJob', { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 }],
  ] as const)('are annotations of its %s, and not of its pods', async (kind, runs) => {
    const registered = await realiseWorkload(
      workload('some', { runs, policyExceptions: { drain: 'It has no clients.' } }),
    );
    const { inputs } = registered.get(kind, 'some');
    expect(inputs['metadata']).toMatchObject({
      annotations: { 'policies.ballast.dev/drain': 'It has no clients.' },
    });
    expect(JSON.stringify(inputs['spec'])).not.toContain('policies.ballast.dev');
    const plain = await realiseWorkload(workload('some', { runs }));
    expect(plain.get(kind, 'some').inputs['metadata']).not.toHaveProperty('annotations');
  });
});

describe('transforms', () => {
  it('change the arguments of each object of their kind, by name, and of no other', async () => {
    const registered = await realise(
      { some: { workloads: [workload('some'), workload('other')] } },
      {},
      {
        service: (args, name) => (name === 'some' ? { ...args, spec: { type: 'NodePort' } } : args),
      },
    );
    expect(registered.get('Service', 'some').inputs['spec']).toEqual({ type: 'NodePort' });
    expect(registered.get('Service', 'other').inputs).toMatchObject({ spec: { type: 'ClusterIP' } });
    expect(registered.get('Deployment', 'some').inputs).toMatchObject({ spec: { replicas: 1 } });
  });

  it('fetches its images with the secrets that the stack names, and with none unless told', async () => {
    const named = await realiseWorkload(workload('some'), { pullSecrets: ['registry', 'mirror'] });
    expect(named.get('ServiceAccount', 'some').inputs).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
    });
    const plain = await realiseWorkload(workload('some'));
    expect(plain.get('ServiceAccount', 'some').inputs).not.toHaveProperty('imagePullSecrets');
  });
});
