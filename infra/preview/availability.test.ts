import { describe, expect, it } from 'vitest';
import type { Manifest } from '../render/manifest.ts';
import { lostAvailability } from './availability.ts';
import { previewOfManifests } from './from-manifests.ts';

const metadata = { name: 'api', namespace: 'a' };
const labels = { app: 'api' };
const deployment = (spec: object = {}, image = 'a:1'): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { replicas: 3, ...spec, template: { metadata: { labels }, spec: { containers: [{ name: 'api', image }] } } },
});
const budget = (spec: object, selector: object = { matchLabels: labels }): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata,
  spec: { ...spec, selector },
});
const scaler = (min: number): Manifest => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata,
  spec: { scaleTargetRef: { name: 'api' }, minReplicaCount: min, maxReplicaCount: 9 },
});
const two = budget({ minAvailable: 2 });
const lost = (before: Manifest[], after: Manifest[]) => lostAvailability(previewOfManifests('dev', before, after));

describe('a workload falls below its PodDisruptionBudget', () => {
  it.each<[string, Manifest[], Manifest[], string]>([
    [
      'fewer copies',
      [deployment(), two],
      [deployment({ replicas: 1 }), two],
      'goes from 3 to 1 copies, below the 2 that its PodDisruptionBudget `api` keeps',
    ],
    [
      'a lower autoscaler',
      [deployment(), two, scaler(3)],
      [deployment(), two, scaler(1)],
      'goes from 3 to 1 copies, below the 2',
    ],
    ['a higher budget', [deployment(), two], [deployment(), budget({ minAvailable: 4 })], 'has 3 copies, below the 4'],
    [
      'fewer copies than were kept',
      [deployment(), budget({ maxUnavailable: 1 })],
      [deployment({ replicas: 1 })],
      'goes from 3 to 1 copies, below the 2 that its PodDisruptionBudget `api` kept, which goes as well',
    ],
    [
      'a removal',
      [deployment(), two],
      [],
      'is deleted: its 3 copies go at once, of which its PodDisruptionBudget `api` kept 2',
    ],
    [
      'fewer copies and a lower budget',
      [deployment({ replicas: 4 }), budget({ minAvailable: 3 })],
      [deployment({ replicas: 2 }), budget({ minAvailable: 1 })],
      'goes from 4 to 2 copies, while its PodDisruptionBudget `api` keeps 1 (kept 3)',
    ],
    [
      'a budget that goes',
      [deployment(), two],
      [deployment()],
      'loses its PodDisruptionBudget `api`: a drain may take all 3 copies at once',
    ],
    [
      'a budget that selects other pods',
      [deployment(), two],
      [deployment(), budget({ minAvailable: 2 }, { matchLabels: { app: 'other' } })],
      'loses its PodDisruptionBudget `api`',
    ],
    [
      'another strategy',
      [deployment(), two],
      [deployment({ strategy: { type: 'Recreate' } }), two],
      'loses 3 of 3 copies at once in a rollout, while the PodDisruptionBudget `api` keeps 2',
    ],
    [
      'a rollout of a wide strategy',
      [deployment({ strategy: { rollingUpdate: { maxUnavailable: '67%' } } }), two],
      [deployment({ strategy: { rollingUpdate: { maxUnavailable: '67%' } } }, 'a:2'), two],
      'loses 2 of 3 copies at once',
    ],
    [
      'a replacement',
      [deployment({ selector: { a: 'b' } }), two],
      [deployment({ selector: { a: 'c' } }), two],
      'is replaced: all 3 copies go at once',
    ],
  ])('by %s', (_, before, after, sentence) => {
    const found = lost(before, after);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`\`Deployment api\` ${sentence}`);
  });

  it.each<[string, Manifest[], Manifest[]]>([
    ['one copy fewer that the budget allows', [deployment(), two], [deployment({ replicas: 2 }), two]],
    ['a rollout one by one', [deployment(), two], [deployment({}, 'a:2'), two]],
    [
      'a budget that goes with the only copy',
      [deployment({ replicas: 1 }), budget({ maxUnavailable: 1 })],
      [deployment({ replicas: 1 })],
    ],
    [
      'a percentage that is kept',
      [deployment(), budget({ minAvailable: '50%' })],
      [deployment({ replicas: 2 }), budget({ minAvailable: '50%' })],
    ],
    ['one that was below before', [deployment({ replicas: 1 }), two], [deployment({ replicas: 1 }, 'a:2'), two]],
    [
      'a budget by expressions',
      [deployment(), two],
      [
        deployment(),
        budget({ minAvailable: 2 }, { matchExpressions: [{ key: 'app', operator: 'In', values: ['api'] }] }),
      ],
    ],
  ])('not by %s', (_, before, after) => {
    expect(lost(before, after)).toEqual([]);
  });
});
