import { describe, expect, it } from 'vitest';
import { workload } from '../../test/stack/workload.ts';
import type { Runs, Workload } from '../workload.ts';
import { statefulSetSpec } from './stateful-set.ts';

const runs: Extract<Runs, { as: 'stateful' }> = { as: 'stateful', replicas: 3 };
const volumes: Workload['volumes'] = [
  { kind: 'persistent', name: 'data', size: '10Gi', storageClass: 'fast' },
  { kind: 'persistent', name: 'snapshots', size: '20Gi' },
  { kind: 'scratch', name: 'scratch', size: '1Gi' },
];
const statefulSet = (changes: Partial<Workload> = {}, how = runs) =>
  statefulSetSpec(workload('some', { runs: how, ...changes }), how, { stack: 'test', secrets: new Map() });

describe('a StatefulSet', () => {
  it('names its copies through the Service of its peers', () => {
    expect(statefulSet()).toMatchObject({
      replicas: 3,
      serviceName: 'some-peers',
      selector: { matchLabels: { 'app.kubernetes.io/name': 'some', 'app.kubernetes.io/part-of': 'ballast' } },
      updateStrategy: { type: 'RollingUpdate' },
    });
  });

  it('starts its copies in order, or all at once when told', () => {
    expect(statefulSet().podManagementPolicy).toBe('OrderedReady');
    expect(statefulSet({}, { ...runs, start: 'parallel' }).podManagementPolicy).toBe('Parallel');
  });

  it('has a claim for each persistent volume and copy, and no claims without', () => {
    const labels = { 'app.kubernetes.io/name': 'some', 'app.kubernetes.io/part-of': 'ballast' };
    const claim = (storage: string) => ({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } });
    expect(statefulSet({ volumes }).volumeClaimTemplates).toEqual([
      { metadata: { name: 'data', labels }, spec: { ...claim('10Gi'), storageClassName: 'fast' } },
      { metadata: { name: 'snapshots', labels }, spec: claim('20Gi') },
    ]);
    expect(statefulSet()).not.toHaveProperty('volumeClaimTemplates');
  });

  it('leaves nothing behind, unless its data is to be kept; fewer copies never lose data', () => {
    const policy = (changes: Partial<Workload>) => statefulSet(changes).persistentVolumeClaimRetentionPolicy;
    expect(policy({ volumes })).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
    expect(policy({ volumes, traits: { keepData: true } })).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
  });
});
