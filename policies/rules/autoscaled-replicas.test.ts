import { describe, expect, it } from 'vitest';
import { Inventory } from '../kubernetes/inventory.ts';
import { autoscaledReplicas } from './autoscaled-replicas.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } };
const scaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
};
const found = (...ignoreChanges: readonly string[]) =>
  autoscaledReplicas.checkProgram(
    new Inventory([
      { object: deployment, source: '', ignoreChanges },
      { object: scaler, source: '' },
    ]),
    {},
  ).length;

describe('a number of copies beside an autoscaler', () => {
  it.each(['spec.replicas', 'spec["replicas"]', 'spec'])('is allowed where a deployment leaves %s', (path) => {
    expect(found(path)).toBe(0);
  });

  it.each(['spec.template', 'metadata', 'replicas', 'spec.replicasMore'])('is not where it leaves %s', (path) => {
    expect(found(path)).toBe(1);
  });
});
