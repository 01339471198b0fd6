import * as pulumi from '@pulumi/pulumi';
import { beforeEach, describe, expect, it } from 'vitest';
import { workload } from '../../test/stack/workload.ts';
import { StackNamespace } from './namespace.ts';
import { containerDefaults, quotaHard } from './quota.ts';

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const made: Made[] = [];
/** Types of those that are protected and left in place. */
const kept: string[] = [];

/** Makes the namespace under Pulumi's mocks, and waits until every resource is registered. */
async function make(keep: boolean, limit = false): Promise<void> {
  made.length = 0;
  kept.length = 0;
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      made.push({ type, name, inputs: inputs as Record<string, unknown> });
      return { id: name, state: inputs as object };
    },
    call: () => ({}),
  });
  const noteKept: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    const { protect, retainOnDelete } = opts as pulumi.CustomResourceOptions;
    if (protect === true && retainOnDelete === true) kept.push(type);
    return { props, opts };
  };
  const namespace = new StackNamespace({ name: 'ballast', stack: 'prod', keep }, { transformations: [noteKept] });
  if (limit) namespace.limitTo([workload('api')]);
  await pulumi.runtime.disconnect();
}
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
    expect(kept).toEqual(['kubernetes:core/v1:Namespace']);
  });

  it('goes with any other stack', async () => {
    await make(false, true);
    expect(kept).toEqual([]);
  });
});
