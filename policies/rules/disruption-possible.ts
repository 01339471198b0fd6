import { countsPods, evictable, evictsNone, type DisruptionBudget } from '../kubernetes/disruption-budget.ts';
import type { Inventory, Workload } from '../kubernetes/inventory.ts';
import { namespaceOf, titleOf, type Identified } from '../kubernetes/object.ts';
import { selects } from '../kubernetes/selector.ts';
import type { ProgramRule } from '../rule.ts';

export const disruptionPossible: ProgramRule = {
  name: 'disruption-possible',
  demand: 'Every PodDisruptionBudget protects something, and lets at least one of its pods be evicted.',
  reason: 'A node with a pod that is never evicted cannot be drained, and the upgrade of the cluster stops there.',
  standard: {
    name: 'Kubernetes: specifying a disruption budget',
    url: 'https://kubernetes.io/docs/tasks/run-application/configure-pdb/#specifying-a-poddisruptionbudget',
  },
  fix: 'Set `maxUnavailable` to 1 in place of `minAvailable`, run one more copy, or remove the budget; make a Deployment of a single Pod. Correct a selector that selects nothing; a budget for pods that an operator makes is excepted by the annotation.',
  level: 'mandatory',
  severity: 'high',
  checkProgram(program) {
    const seen = new Map<Workload, Identified>();
    return program.ofKind('policy', 'PodDisruptionBudget').flatMap((budget) => {
      const selected = selectedBy(program, budget);
      if (selected.length === 0) return [{ at: budget, message: selectsNone }];
      const twice = selected.find((workload) => seen.has(workload));
      for (const workload of selected) if (!seen.has(workload)) seen.set(workload, budget);
      const messages = [...blocks(program, budget, selected), ...(twice ? [overlaps(twice, seen.get(twice))] : [])];
      return messages.map((message) => ({ at: budget, message }));
    });
  },
};

/** Pods that an operator makes are no objects of the program, so that a budget for them looks like one that is for none. */
const selectsNone =
  'selects no pods of the program: its selector is wrong, or it is for pods that an operator makes, which are not seen';

function selectedBy(program: Inventory, { object }: Identified): readonly Workload[] {
  const { selector } = (object.spec ?? {}) as DisruptionBudget;
  return program.workloads.filter(
    ({ namespace, pod }) => namespace === namespaceOf(object) && selects(selector, pod.metadata.labels),
  );
}

/** Judged by the fewest copies that are there together; where nobody sets their number, as of a Job, by what holds for any. */
function blocks(program: Inventory, { object }: Identified, selected: readonly Workload[]): readonly string[] {
  const copies = selected.map((workload) => program.copiesOf(workload));
  const budget = (object.spec ?? {}) as DisruptionBudget;
  const of = selected.map((workload) => titleOf(workload.object)).join(' and ');
  if (selected.every(({ object: { kind } }) => kind === 'Pod') && !countsPods(budget)) {
    const reason = 'without a controller only a number as minAvailable counts';
    return [`has ${describeLimit(budget)}, so that no pod of ${of} is ever evicted: ${reason}`];
  }
  if (!copies.every((each) => each !== undefined))
    return evictsNone(budget) ? [`has ${describeLimit(budget)}, so that no pod of ${of} is ever evicted`] : [];
  // Where an autoscaler keeps none, one is the fewest that can be evicted.
  const fewest = copies.reduce((sum, { least, autoscaler }) => sum + (autoscaler ? Math.max(least, 1) : least), 0);
  if (fewest === 0 || evictable(budget, fewest) !== 0) return [];
  const there = fewest === 1 ? 'is 1 copy' : `are ${fewest} copies`;
  return [`has ${describeLimit(budget)}, so that no pod is evicted while there ${there} of ${of}`];
}

function describeLimit({ minAvailable, maxUnavailable }: DisruptionBudget): string {
  if (maxUnavailable !== undefined) return `maxUnavailable ${maxUnavailable}`;
  return minAvailable === undefined ? 'neither minAvailable nor maxUnavailable' : `minAvailable ${minAvailable}`;
}

const overlaps = (workload: Workload, other: Identified | undefined) =>
  `selects pods of ${titleOf(workload.object)}, as ${other ? titleOf(other.object) : 'another'} does; Kubernetes evicts no pod that has two budgets`;
