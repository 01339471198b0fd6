import { z } from 'zod';
import { variableOf } from '../kubernetes/environment.ts';
import type { Inventory, Workload } from '../kubernetes/inventory.ts';
import { containersOf, runsWithPod, type NamedContainer } from '../kubernetes/pod.ts';
import { preStopSeconds } from '../kubernetes/pre-stop.ts';
import type { ProgramRule } from '../rule.ts';

const parameters = z.strictObject({
  /** Variables of the environment that hold how many seconds a process takes to drain. */
  drainVariables: z.array(z.string()).default([]),
});

/** Seconds, where a pod says nothing. */
const defaultGrace = 30;

export const drain: ProgramRule<typeof parameters> = {
  name: 'drain',
  demand: 'The time in which a container drains is shorter than the grace period of its pod.',
  reason:
    'The grace period covers the preStop hook too; when it ends, the process is killed and its requests are lost.',
  standard: {
    name: 'Kubernetes: container lifecycle hooks',
    url: 'https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-execution',
  },
  fix: 'Raise `terminationGracePeriodSeconds` above the sum, with some seconds for the process to end.',
  level: 'mandatory',
  severity: 'high',
  parameters,
  checkProgram(program, { drainVariables }) {
    return program.workloads.flatMap((workload) => {
      const grace = workload.pod.spec.terminationGracePeriodSeconds ?? defaultGrace;
      return containersOf(workload.pod)
        .filter(runsWithPod)
        .flatMap(({ container, title }) => {
          const parts = [
            { name: 'preStop', seconds: preStopSeconds(container) },
            ...drainVariables.map((name) => ({ name, seconds: secondsOf(container, name, program, workload) })),
          ].filter(({ seconds }) => seconds > 0);
          const sum = parts.reduce((total, { seconds }) => total + seconds, 0);
          if (sum === 0 || sum < grace) return [];
          const said = parts.map(({ name, seconds }) => `${name} ${seconds} s`).join(' + ');
          return [{ at: workload, message: `${title} takes ${sum} s to drain (${said}), and its pod has ${grace} s` }];
        });
    });
  },
};

/** What is no number is the process's own matter. */
function secondsOf(
  container: NamedContainer['container'],
  name: string,
  program: Inventory,
  { namespace }: Workload,
): number {
  const seconds = Number(variableOf(container, name, program, namespace) ?? 0);
  return Number.isNaN(seconds) ? 0 : seconds;
}
