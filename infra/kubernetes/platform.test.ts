import { describe, expect, it } from 'vitest';
import { realise, realiseWorkload } from '../../test/stack/realise.ts';
import { container, workload } from '../../test/stack/workload.ts';
import type { PartDescription } from '../part.ts';
import type { Workload } from '../workload.ts';

const auth: NonNullable<PartDescription['secrets']>[number] = {
  name: 'redis-auth',
  rotation: 2,
  keys: { password: { from: 'generated', length: 32 } },
};
const word = { WORD: { secret: 'redis-auth', key: 'password' } };
const redis = workload('redis', { runs: { as: 'stateful', replicas: 1 } });
const api = workload('api', {
  containers: [container({ environment: { A: '1' }, secretEnvironment: word })],
  connections: [{ to: 'workload', workload: 'redis', port: 'http', waits: true }],
});
const volumes: Workload['volumes'] = [{ kind: 'persistent', name: 'data', size: '1Gi' }];
const stack = { redis: { workloads: [redis], secrets: [auth] }, api: { workloads: [api] } };

describe('a part on Kubernetes', () => {
  it('has all its objects below its component, in the namespace, with one provider', async () => {
    const { all } = await realise(stack);
    const own = all.filter(({ type, options }) => type.startsWith('kubernetes:') && /SomePart/.test(options.parent));
    expect(own.length).toBeGreaterThan(8);
    for (const { inputs, options } of own) {
      expect(inputs).toMatchObject({ metadata: { namespace: 'ballast-test' } });
      expect(options.provider).toMatch(/pulumi:providers:kubernetes::kubernetes::/);
    }
  });

  it('gives every object the name in the cluster that it has in the program', async () => {
    const { all } = await realise(stack);
    for (const { type, name, inputs } of all.filter((each) => /^kubernetes:.*v\d/.test(each.type))) {
      expect([type, (inputs as { metadata: { name: string } }).metadata.name]).toEqual([type, name]);
    }
  });

  it('changes ConfigMaps and Secrets in place', async () => {
    const { inputs } = (await realise({})).get('kubernetes', 'kubernetes');
    expect(inputs).toEqual({
      enableServerSideApply: 'true',
      enableConfigMapMutable: 'true',
      enableSecretMutable: 'true',
    });
    const chosen = (await realise({}, { kubeconfig: '/k', context: 'c' })).get('kubernetes', 'kubernetes').inputs;
    expect(chosen).toMatchObject({ kubeconfig: '/k', context: 'c' });
  });

  it('starts pods after their policy, account, configuration, secrets and what they wait for', async () => {
    const registered = await realise(stack);
    expect(registered.dependencies('Deployment', 'api')).toEqual(
      expect.arrayContaining([
        'ConfigMap/api-environment',
        'NetworkPolicy/api',
        'Secret/redis-auth',
        'ServiceAccount/api',
        'StatefulSet/redis',
      ]),
    );
    expect(registered.dependencies('StatefulSet', 'redis')).not.toContain('Secret/redis-auth');
  });

  it('opens each edge on both ends, whichever part comes first', async () => {
    const registered = await realise(stack);
    const port = [{ protocol: 'TCP', port: 80 }];
    const edges = (name: string) => registered.get('NetworkPolicy', name).inputs['spec'];
    expect(edges('redis')).toMatchObject({ ingress: [{ ports: port }] });
    expect(edges('redis')).not.toHaveProperty('egress');
    expect(edges('api')).not.toHaveProperty('ingress');
    expect(edges('api')).toMatchObject({
      egress: expect.arrayContaining([expect.objectContaining({ ports: port })]) as unknown,
    });
    expect(registered.get('NetworkPolicy', 'redis').options.parent).toMatch(/SomePart::redis$/);
  });

  it('bounds the namespace to what its parts need', async () => {
    expect((await realise(stack)).get('ResourceQuota', 'stack').inputs).toMatchObject({
      spec: { hard: { pods: '7' } },
    });
  });

  it('does not wait for Services, whose pods it waits for already', async () => {
    const registered = await realise(stack);
    for (const name of ['api', 'redis', 'redis-peers']) {
      expect(registered.get('Service', name).inputs).toMatchObject({
        metadata: { annotations: { 'pulumi.com/skipAwait': 'true' } },
      });
    }
  });

  it('rolls exactly the pods that hold a secret, in whichever part, when its counter goes up', async () => {
    const pods = async (rotation: number) => {
      const secrets = [{ ...auth, rotation }];
      const registered = await realise({ ...stack, redis: { ...stack.redis, secrets } });
      const template = (kind: string, name: string) => {
        const { spec } = registered.get(kind, name).inputs as { spec: { template: unknown } };
        return JSON.stringify(spec.template);
      };
      return { api: template('Deployment', 'api'), redis: template('StatefulSet', 'redis') };
    };
    const [before, after] = [await pods(1), await pods(2)];
    expect(after.api).not.toBe(before.api);
    expect(after.redis).toBe(before.redis);
  });
});

describe('a wrong stack', () => {
  it('is refused when a workload refers to a secret that nobody makes, or to a key that it does not have', async () => {
    await expect(realise({ redis: { workloads: [redis] }, api: { workloads: [api] } })).rejects.toThrow(
      'api refers to the secret redis-auth, which no part makes; there are none',
    );
    const keys = { other: { from: 'generated', length: 32 } } as const;
    await expect(realise({ ...stack, redis: { workloads: [redis], secrets: [{ ...auth, keys }] } })).rejects.toThrow(
      'api refers to the key password of the secret redis-auth, which has other',
    );
  });

  it('is refused when the token of a scrape is nobody’s secret', async () => {
    const ports = [{ name: 'http', number: 80, metrics: { bearer: { secret: 'qdrant-keys', key: 'read' } } }];
    await expect(realiseWorkload(workload('qdrant', { containers: [container({ ports })] }))).rejects.toThrow(
      'qdrant refers to the secret qdrant-keys, which no part makes',
    );
  });

  it('is refused when a workload waits for one of a later part', async () => {
    await expect(realise({ api: stack.api, redis: stack.redis })).rejects.toThrow(
      'api waits for redis, whose part comes later; construct that part before',
    );
  });

  it('is refused when two parts have a workload or a secret of the same name', async () => {
    await expect(realise({ ...stack, copy: { workloads: [redis] } })).rejects.toThrow(
      'The parts redis and copy both have a workload named redis',
    );
    await expect(realise({ ...stack, copy: { workloads: [], secrets: [auth] } })).rejects.toThrow(
      'The parts redis and copy both have a secret named redis-auth',
    );
  });

  it('is refused when a name is too long for a label, or for what Kubernetes adds to it', async () => {
    await expect(realiseWorkload(workload('a'.repeat(63)))).rejects.toThrow('has 63 characters');
    await expect(
      realiseWorkload(workload('a'.repeat(62), { containers: [container({ ports: [] })] })),
    ).resolves.toBeDefined();
    await expect(realiseWorkload(workload('a'.repeat(53), { runs: { as: 'stateful', replicas: 1 } }))).rejects.toThrow(
      'has 53 characters; a statefulSet has at most 52',
    );
  });
});

describe('data that is kept', () => {
  it('is protected, and stays in the cluster', async () => {
    const kept = { protect: true, retainOnDelete: true };
    const traits = { keepData: true };
    const claim = (await realiseWorkload(workload('some', { volumes, traits }))).get(
      'PersistentVolumeClaim',
      'some-data',
    );
    expect(claim.options).toMatchObject(kept);
  });

  it('is kept by a StatefulSet that is protected, and that leaves its volumes when it goes all the same', async () => {
    const stateful = workload('some', { runs: { as: 'stateful', replicas: 1 }, volumes, traits: { keepData: true } });
    const registered = await realiseWorkload(stateful);
    const set = registered.get('StatefulSet', 'some');
    expect(set.options).toMatchObject({ protect: true, retainOnDelete: false });
    expect(set.inputs).toMatchObject({
      spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } },
    });
    expect(registered.names('PersistentVolumeClaim')).toEqual([]);
  });

  it('is nothing in a stack that does not ask for it', async () => {
    const { all } = await realise({ some: { workloads: [workload('some', { volumes })], secrets: [auth] } });
    for (const { options } of all) expect(options).toMatchObject({ protect: false, retainOnDelete: false });
  });

  it('does not hold up the stack where a volume is bound only to a pod', async () => {
    const claim = (await realiseWorkload(workload('some', { volumes }))).get('PersistentVolumeClaim', 'some-data');
    expect(claim.inputs).toMatchObject({
      metadata: { annotations: { 'pulumi.com/skipAwait': 'true' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
  });
});
