import { beforeEach, describe, expect, it } from 'vitest';
import { workload } from '../../test/stack/workload.ts';
import { collect } from '../render/collect.ts';
import type { RegisteredResource } from '../render/registered-resource.ts';
import { StackNamespace } from './namespace.ts';
import { containerDefaults, quotaHard } from './quota.ts';

let made: RegisteredResource[] = [];

async function make(keep: boolean, limit = false): Promise<void> {
  const program = () => {
    const namespace = new StackNamespace({ name: 'ballast', stack: 'prod', keep });
    if (limit) namespace.limitTo([workload('api')]);
  };
  made = await collect(program, { project: 'ballast', stack: 'prod' });
}

/** Types of those that are protected and left in place. */
const kept = () => made.filter(({ options }) => options.protect && options.retainOnDelete).map(({ type }) => type);

const one = (type: string) => {
  const found = made.filter((each) => each.type === type);
  expect(found).toHaveLength(1);
  return found[0];
};

describe('the namespace of a stack', () => {
  beforeEach(() => make(false));

  it('enforces, audits and warns at the strictest level of Pod Security', () => {
    expect(one('kubernetes:core/v1:Namespace')?.inputs['metadata']).toEqual({
      name: 'ballast',
      labels: {
        'app.kubernetes.io/part-of': 'ballast',
        'app.kubernetes.io/instance': 'prod',
        'app.kubernetes.io/managed-by': 'pulumi',
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/enforce-version': 'latest',
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/audit-version': 'latest',
        'pod-security.kubernetes.io/warn': 'restricted',
        'pod-security.kubernetes.io/warn-version': 'latest',
      },
    });
  });

  it('denies every pod both ways', () => {
    expect(one('kubernetes:networking.k8s.io/v1:NetworkPolicy')?.inputs).toMatchObject({
      metadata: { name: 'default-deny', namespace: 'ballast' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
  });

  it('gives a container that asks for nothing little', () => {
    expect(one('kubernetes:core/v1:LimitRange')?.inputs['spec']).toEqual({
      limits: [{ type: 'Container', ...containerDefaults }],
    });
  });
});

describe('the quota of a stack', () => {
  it('is what its workloads need at their most', async () => {
    await make(false, true);
    expect(one('kubernetes:core/v1:ResourceQuota')?.inputs).toMatchObject({
      metadata: { name: 'stack', namespace: 'ballast' },
      spec: { hard: quotaHard([workload('api')]) },
    });
  });
});

describe('the namespace of a stack to keep', () => {
  it('is protected and outlives the stack, and only it', async () => {
    await make(true, true);
    expect(kept()).toEqual(['kubernetes:core/v1:Namespace']);
  });

  it('goes with any other stack', async () => {
    await make(false, true);
    expect(kept()).toEqual([]);
  });
});
