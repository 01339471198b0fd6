import { describe, expect, test } from 'vitest';
import { ruleGroups } from '../../../alerts/index.ts';
import type { Workload } from '../../workload.ts';
import type { ObservedTarget } from '../../../alerts/target.ts';
import { ruleTargets } from './rule-targets.ts';

const resources = { cpu: { request: '10m', limit: '10m' }, memory: { request: '16Mi', limit: '16Mi' } };

function workload(name: string, runs: Workload['runs'], metrics = false): Workload {
  const ports = [{ name: 'http', number: 80, ...(metrics && { metrics: {} }) }];
  const user = { uid: 1, gid: 1 };
  return { name, component: 'x', runs, user, connections: [], containers: [{ name, image: 'x:1', ports, resources }] };
}

const service = { as: 'service', replicas: 1 } as const;
const nightly = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 } as const;
const qdrant = workload('qdrant', service, true);
const nothingElse: ReadonlySet<ObservedTarget> = new Set();
const objects: ReadonlySet<ObservedTarget> = new Set(['kubernetes']);
const snapshots = workload('qdrant-snapshot', nightly);

describe('what alerts can watch', () => {
  test('is what is scraped', () => {
    expect([...ruleTargets([qdrant, workload('gateway', service)], nothingElse)]).toEqual(['qdrant']);
  });

  test('is what runs on a schedule, where kube-state-metrics tells how that ends', () => {
    expect([...ruleTargets([qdrant, snapshots], objects)]).toEqual(['qdrant', 'qdrant-snapshot', 'kubernetes']);
    expect([...ruleTargets([qdrant, snapshots], nothingElse)]).toEqual(['qdrant']);
  });

  test('is not a schedule that only an operator starts', () => {
    expect([...ruleTargets([workload('restore-drill', { ...nightly, suspended: true })], objects)]).toEqual([
      'kubernetes',
    ]);
  });

  test('is never unknown to the alerts', () => {
    expect(() => ruleTargets([workload('novelty', service, true)], nothingElse)).toThrow(
      'Prometheus scrapes "novelty": list it in alerts/target.ts',
    );
  });

  test('gives no group for a part that the stack has not', () => {
    const groups = ruleGroups(ruleTargets([qdrant], nothingElse));
    expect(new Set(groups.map(({ target }) => target))).toEqual(new Set(['qdrant']));
  });
});
