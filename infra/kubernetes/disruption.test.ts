import { describe, expect, it } from 'vitest';
import { workload } from '../../test/stack/workload.ts';
import type { Runs, Traits } from '../workload.ts';
import { disruptionBudgetSpec, topologySpread } from './disruption.ts';
import { selectorLabels } from './labels.ts';

const service = (replicas: number): Runs => ({ as: 'service', replicas });
const scaling = { min: 3, max: 10, cpuPercent: 70, memoryPercent: 85 };
const some = (runs: Runs, traits: Traits) => workload('some', { runs, traits });

describe('a disruption budget', () => {
  it('keeps the copies that were asked for and lets a sick one go', () => {
    expect(disruptionBudgetSpec(some({ as: 'stateful', replicas: 3 }, { minAvailable: 2 }))).toEqual({
      minAvailable: 2,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorLabels('some') },
    });
  });

  it('is not there unless asked for', () => {
    expect(disruptionBudgetSpec(some(service(3), {}))).toBeUndefined();
  });

  it('is refused when no node could be drained', () => {
    expect(() => disruptionBudgetSpec(some(service(2), { minAvailable: 2 }))).toThrow(
      'some keeps 2 of at least 2 copies available, so that no node can be drained: minAvailable must be below 2',
    );
  });

  it("is measured by the autoscaler's fewest copies, not by the first number of replicas", () => {
    expect(disruptionBudgetSpec(some(service(1), { scaling, minAvailable: 2 }))).toMatchObject({ minAvailable: 2 });
    expect(() => disruptionBudgetSpec(some(service(5), { scaling, minAvailable: 3 }))).toThrow('at least 3 copies');
  });

  it('is refused for what runs on a schedule', () => {
    const runs: Runs = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 };
    expect(() => disruptionBudgetSpec(some(runs, { minAvailable: 1 }))).toThrow('at least 0 copies');
  });
});

describe('the spread of copies', () => {
  it('prefers other nodes and other zones, and schedules all the same on one node', () => {
    const spread = topologySpread(some(service(3), { minAvailable: 2 }));
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    for (const each of spread) {
      expect(each).toMatchObject({ maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' });
      expect(each.labelSelector).toEqual({ matchLabels: selectorLabels('some') });
    }
  });

  it('counts the copies of a rolling update by themselves; a stateful set has no such label', () => {
    const traits = { minAvailable: 2 };
    for (const each of topologySpread(some(service(3), traits))) {
      expect(each.matchLabelKeys).toEqual(['pod-template-hash']);
    }
    for (const each of topologySpread(some({ as: 'stateful', replicas: 3 }, traits))) {
      expect(each).not.toHaveProperty('matchLabelKeys');
    }
  });

  it('is left out for a workload without minAvailable', () => {
    expect(topologySpread(some(service(3), {}))).toEqual([]);
  });
});
