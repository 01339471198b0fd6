import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import type { Runs, Workload } from '../workload.ts';
import { deploymentSpec } from './deployment.ts';
import { rolloutTimeout } from './rollout-time.ts';

type Service = Extract<Runs, { as: 'service' }>;
const scaling = { min: 3, max: 10, cpuPercent: 70, memoryPercent: 85 };
const volumes: Workload['volumes'] = [{ kind: 'persistent', name: 'data', size: '1Gi' }];
const deployment = (changes: Partial<Workload> = {}, runs: Service = { as: 'service', replicas: 2 }) =>
  deploymentSpec(workload('some', { runs, ...changes }), runs, { stack: 'test', secrets: new Map() });

describe('a Deployment', () => {
  it('selects by name and stack only, and runs its copies', () => {
    expect(deployment()).toMatchObject({
      replicas: 2,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'some', 'app.kubernetes.io/part-of': 'ballast' } },
      revisionHistoryLimit: 3,
    });
  });

  it('leaves the number of copies to an autoscaler', () => {
    expect(deployment({ traits: { scaling } })).not.toHaveProperty('replicas');
  });

  it('has a new copy ready before an old one goes', () => {
    expect(deployment().strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
  });

  it('is recreated when it asks, and by itself when it has a volume that only one node can have', () => {
    expect(deployment({}, { as: 'service', replicas: 2, update: 'recreate' }).strategy).toEqual({ type: 'Recreate' });
    expect(deployment({ volumes }, { as: 'service', replicas: 1 }).strategy).toEqual({ type: 'Recreate' });
  });

  it('is refused with several copies and one such volume', () => {
    expect(() => deployment({ volumes })).toThrow('some has 2 copies and one volume; run it as stateful');
    expect(() => deployment({ volumes, traits: { scaling } })).toThrow('some has 10 copies and one volume');
  });
});

describe('the time for a rollout', () => {
  const startup = { tcp: { port: 'http' }, periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 90 };
  const slow: Partial<Workload> = { containers: [container({ probes: { startup } })], stopping: { graceSeconds: 60 } };

  it('is what the startup probe allows and five minutes, before it is called stuck', () => {
    expect(deployment().progressDeadlineSeconds).toBe(300);
    expect(deployment(slow).progressDeadlineSeconds).toBe(1_200);
  });

  it('is that and the time to stop for each copy, before Pulumi gives up', () => {
    expect(rolloutTimeout(workload('some', { ...slow, runs: { as: 'stateful', replicas: 3 } }))).toEqual({
      create: '3780s',
      update: '3780s',
    });
    expect(rolloutTimeout(workload('some', { ...slow, traits: { scaling } })).update).toBe('12600s');
  });
});
