import { describe, expect, it } from 'vitest';
import { Inventory } from './inventory.ts';
import type { KubernetesObject } from './object.ts';

const inventory = (...objects: readonly KubernetesObject[]) =>
  new Inventory(objects.map((object, index) => ({ object, source: `${index}` })));

const workload = (kind: string, spec: object = {}, namespace?: string): KubernetesObject => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name: 'web', ...(namespace !== undefined && { namespace }) },
  spec: { template: { metadata: { labels: { app: 'web' } } }, ...spec },
});
const scaler = (spec: object, namespace = 'default'): KubernetesObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace },
  spec,
});
const scaledObject = (spec: object): KubernetesObject => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'web' },
  spec,
});

/** Least and most of the copies of the first object. */
function copies(...objects: readonly KubernetesObject[]) {
  const program = inventory(...objects);
  const [first] = program.workloads;
  const found = first && program.copiesOf(first);
  return found && [found.least, found.most];
}

describe('the copies of a workload', () => {
  it('are those that it says, and one where it says nothing', () => {
    expect(copies(workload('Deployment', { replicas: 3 }))).toEqual([3, 3]);
    expect(copies(workload('StatefulSet', { replicas: 0 }))).toEqual([0, 0]);
    expect(copies(workload('Deployment'))).toEqual([1, 1]);
  });

  it('are one of a Pod, which nothing scales', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } };
    const spec = { maxReplicas: 9, scaleTargetRef: { kind: 'Pod', name: 'web' } };
    expect(copies(pod)).toEqual([1, 1]);
    expect(copies(pod, scaler(spec))).toEqual([1, 1]);
  });

  it('are not known of what nobody sets a number for', () => {
    expect(copies(workload('DaemonSet'))).toBeUndefined();
    expect(copies(workload('Job'))).toBeUndefined();
  });

  it.each([
    [{ minReplicas: 2, maxReplicas: 5 }, [2, 5]],
    [{ maxReplicas: 5 }, [1, 5]],
    [{ minReplicas: 0, maxReplicas: 5 }, [0, 5]],
  ])('are those of its HorizontalPodAutoscaler: %j', (spec, expected) => {
    const target = { kind: 'Deployment', name: 'web' };
    expect(copies(workload('Deployment', { replicas: 9 }), scaler({ ...spec, scaleTargetRef: target }))).toEqual(
      expected,
    );
  });

  it.each([
    [{ minReplicaCount: 2, maxReplicaCount: 5 }, [2, 5]],
    [{}, [0, 100]],
  ])('are those of its ScaledObject: %j', (spec, expected) => {
    expect(copies(workload('Deployment'), scaledObject({ ...spec, scaleTargetRef: { name: 'web' } }))).toEqual(
      expected,
    );
  });

  it('are not those of an autoscaler of something else', () => {
    const web = workload('Deployment', { replicas: 2 });
    const to = (kind: string, name: string, namespace?: string) =>
      copies(web, scaler({ maxReplicas: 9, scaleTargetRef: { kind, name } }, namespace));
    expect(to('StatefulSet', 'web')).toEqual([2, 2]);
    expect(to('Deployment', 'store')).toEqual([2, 2]);
    expect(to('Deployment', 'web', 'other')).toEqual([2, 2]);
    expect(copies(workload('StatefulSet'), scaledObject({ scaleTargetRef: { name: 'web' } }))).toEqual([1, 1]);
  });
});

describe('the Services of a workload', () => {
  const services = (spec: object, namespace?: string) => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', ...(namespace !== undefined && { namespace }) },
    };
    const program = inventory(workload('Deployment'), { ...service, spec });
    return program.workloads.flatMap((each) => program.servicesOf(each)).length;
  };

  it('are those of its namespace that select its pods', () => {
    expect(services({ selector: { app: 'web' } })).toBe(1);
    expect(services({ selector: { app: 'web' } }, 'default')).toBe(1);
    expect(services({ selector: { app: 'web' } }, 'other')).toBe(0);
    expect(services({ selector: { app: 'store' } })).toBe(0);
  });

  it('are none that select nothing', () => {
    expect(services({})).toBe(0);
    expect(services({ selector: {} })).toBe(0);
  });

  it('are none that are names of something outside, whatever selector was left in them', () => {
    expect(services({ type: 'ExternalName', externalName: 'shop.example.com', selector: { app: 'web' } })).toBe(0);
  });
});

describe('the stack', () => {
  const web = { object: workload('Deployment'), source: 'urn:pulumi:prod::shop::kubernetes:apps/v1:Deployment::web' };

  it('is that of the URNs, unless another is given', () => {
    expect(new Inventory([web]).stack).toBe('prod');
    expect(new Inventory([web], 'staging').stack).toBe('staging');
  });

  it('is not known of files', () => {
    expect(inventory(workload('Deployment')).stack).toBeUndefined();
    expect(new Inventory([]).stack).toBeUndefined();
  });
});

describe('objects', () => {
  it('are found by kind and group, in whatever version', () => {
    const program = inventory(
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
      { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget' },
      { apiVersion: 'example.com/v1', kind: 'PodDisruptionBudget' },
    );
    expect(program.ofKind('policy', 'PodDisruptionBudget').map(({ source }) => source)).toEqual(['0', '1']);
    expect(program.ofKind('', 'PodDisruptionBudget')).toEqual([]);
  });

  it('are not read before a rule asks, since a preview may not know their fields', () => {
    const unknown = {
      ...workload('Deployment'),
      get spec(): never {
        throw new Error('not known in a preview');
      },
    };
    const program = inventory(unknown, workload('Job'));
    expect(program.ofKind('batch', 'Job')).toHaveLength(1);
    expect(() => program.workloads).toThrow('not known');
  });
});
