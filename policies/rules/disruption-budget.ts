import type { DisruptionBudget } from '../kubernetes/disruption-budget.ts';
import { describeMost } from '../kubernetes/copies.ts';
import { selects } from '../kubernetes/selector.ts';
import type { ProgramRule } from '../rule.ts';

export const disruptionBudget: ProgramRule = {
  name: 'disruption-budget',
  demand: 'Whatever runs in more than one copy has a PodDisruptionBudget.',
  reason: 'Without one, draining nodes may take all copies away at once.',
  standard: {
    name: 'Kubernetes: disruptions',
    url: 'https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-budgets',
  },
  fix: 'Add a PodDisruptionBudget whose selector is that of the workload and whose `maxUnavailable` is 1.',
  level: 'mandatory',
  severity: 'high',
  checkProgram(program) {
    return program.workloads.flatMap((workload) => {
      const copies = program.copiesOf(workload);
      if (copies === undefined || copies.most <= 1) return [];
      const budgets = program.ofKind('policy', 'PodDisruptionBudget', workload.namespace);
      const protectedBy = budgets.some(({ object }) =>
        selects((object.spec as DisruptionBudget | undefined)?.selector, workload.pod.metadata.labels),
      );
      return protectedBy
        ? []
        : [{ at: workload, message: `runs in ${describeMost(copies)}, and no PodDisruptionBudget selects its pods` }];
    });
  },
};
