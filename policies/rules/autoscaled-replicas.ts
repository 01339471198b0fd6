import { titleOf, type Identified } from '../kubernetes/object.ts';
import type { ProgramRule } from '../rule.ts';

export const autoscaledReplicas: ProgramRule = {
  name: 'autoscaled-replicas',
  demand: 'What an autoscaler scales does not say how many copies it has.',
  reason: 'Each deployment would set the number back, whatever the load is.',
  standard: {
    name: 'Kubernetes: horizontal pod autoscaling',
    url: 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling',
  },
  fix: 'Remove `spec.replicas`, since the autoscaler has the least number, or give the resource the option `ignoreChanges: ["spec.replicas"]`.',
  level: 'mandatory',
  severity: 'high',
  checkProgram(program) {
    return program.workloads.flatMap((workload) => {
      const autoscaler = program.copiesOf(workload)?.autoscaler;
      const { replicas } = (workload.object.spec ?? {}) as { readonly replicas?: number };
      if (autoscaler === undefined || typeof replicas !== 'number' || isLeft(workload)) return [];
      return [{ at: workload, message: `sets replicas to ${replicas}, and ${titleOf(autoscaler.object)} scales it` }];
    });
  },
};

/** A number that a deployment leaves as it is does not set anything back. */
const isLeft = ({ ignoreChanges = [] }: Identified) =>
  ignoreChanges.some((path) => /^spec(\.|\[")?(replicas)?("\])?$/.test(path));
