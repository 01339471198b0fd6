import type { types } from '@pulumi/kubernetes';
import type { Unwrap } from '@pulumi/pulumi';
import type { Workload } from '../workload.ts';
import { fewestCopies } from './copies.ts';
import { selectorLabels } from './labels.ts';

/** What a PodDisruptionBudget says. */
export type DisruptionBudgetSpec = Unwrap<types.input.policy.v1.PodDisruptionBudgetSpec>;

/** How copies are spread. */
export type TopologySpreadConstraint = Unwrap<types.input.core.v1.TopologySpreadConstraint>;

/**
 * What a drained node must leave of a workload with `minAvailable`. A copy that is not ready may always be evicted, since it
 * serves nobody and would otherwise hold the drain for ever:
 * https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy
 *
 * @throws when `minAvailable` is not below the fewest copies: then no node could ever be drained.
 */
export function disruptionBudgetSpec(workload: Workload): DisruptionBudgetSpec | undefined {
  const minAvailable = workload.traits?.minAvailable;
  if (minAvailable === undefined) return undefined;
  const fewest = fewestCopies(workload);
  if (minAvailable >= fewest) {
    throw new Error(
      `${workload.name} keeps ${minAvailable} of at least ${fewest} copies available, so that no node can be drained: ` +
        `minAvailable must be below ${fewest}`,
    );
  }
  return {
    minAvailable,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: selectorLabels(workload.name) },
  };
}

/**
 * Spreads the copies of a workload with `minAvailable` over nodes, and over zones. Both are preferences: as demands, one node
 * (or one zone left of two) would leave copies pending, and a copy beside another serves better than one that waits. The
 * disruption budget is what holds when the copies could not be spread.
 */
export function topologySpread(workload: Workload): TopologySpreadConstraint[] {
  if (workload.traits?.minAvailable === undefined) return [];
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorLabels(workload.name) },
    // In a rolling update the new copies count by themselves; the old ones, which go, would push them together.
    ...(workload.runs.as === 'service' && { matchLabelKeys: ['pod-template-hash'] }),
  }));
}
