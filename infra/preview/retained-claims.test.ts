import { expect, it } from 'vitest';
import type { Manifest } from '../render/manifest.ts';
import { costOf } from './cost.ts';

const set = (replicas: number, storage: string, policy = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    replicas,
    persistentVolumeClaimRetentionPolicy: policy,
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage } } } }],
  },
});
const goes = { whenDeleted: 'Delete', whenScaled: 'Delete' };

it.each<[string, Manifest[], Manifest[], string | undefined, object[]]>([
  ['a removal', [set(2, '5Gi')], [], undefined, [{ kind: 'left', count: 2 }]],
  ['a removal with its data', [set(2, '5Gi', goes)], [], '0 (−10Gi)', []],
  ['fewer copies', [set(3, '5Gi')], [set(1, '5Gi')], undefined, [{ kind: 'left', count: 2 }]],
  ['fewer copies with their data', [set(3, '5Gi', goes)], [set(1, '5Gi', goes)], '5Gi (−10Gi)', []],
  ['a larger template', [set(2, '5Gi')], [set(2, '9Gi')], undefined, [{ kind: 'taken-over', count: 2 }]],
  ['a larger template and a copy', [set(1, '5Gi')], [set(2, '9Gi')], '14Gi (+9Gi)', [{ kind: 'taken-over', count: 1 }]],
  ['a larger template with its data', [set(2, '5Gi', goes)], [set(2, '9Gi', goes)], '18Gi (+8Gi)', []],
])('storage after %s counts the volumes that stay', (_, before, after, total, retained) => {
  const cost = costOf({ before, after, complete: true });
  expect(cost.totals.find(({ aspect }) => aspect === 'storage')?.after).toBe(total);
  expect(cost.retained).toMatchObject(retained);
});
