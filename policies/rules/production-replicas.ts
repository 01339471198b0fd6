import { z } from 'zod';
import { entrancesOf, leadsTo } from '../kubernetes/entrances.ts';
import { titleOf } from '../kubernetes/object.ts';
import type { ProgramRule } from '../rule.ts';

const parameters = z.strictObject({
  /** Names of the stacks that people rely on. */
  productionStacks: z.array(z.string()).default(['prod', 'production']),
  /** Copies that are enough. */
  least: z.int().min(1).default(2),
});

export const productionReplicas: ProgramRule<typeof parameters> = {
  name: 'production-replicas',
  demand:
    'In production, what serves requests from outside has at least two copies: the pods of a Service that an Ingress or a route names, or that is open itself.',
  reason: 'With one copy, each restart, each node that is drained and each failure is an outage.',
  standard: {
    name: 'Kubernetes: dealing with disruptions',
    url: 'https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#dealing-with-disruptions',
  },
  fix: 'Raise `replicas`, or the least number of the autoscaler, to 2 or more; make a Deployment of a single Pod.',
  level: 'mandatory',
  severity: 'high',
  parameters,
  checkProgram(program, { productionStacks, least }) {
    const { stack } = program;
    if (stack === undefined || !productionStacks.includes(stack)) return [];
    const entrances = entrancesOf(program);
    return program.workloads.flatMap((workload) => {
      const copies = program.copiesOf(workload);
      if (copies === undefined || copies.least >= least) return [];
      const services = program.servicesOf(workload);
      const entrance = entrances.find((each) => services.some(({ object }) => leadsTo(each, object)));
      if (entrance === undefined) return [];
      const fewest = copies.least === 1 ? '1 copy' : `${copies.least} copies`;
      const message = `serves requests that come by ${titleOf(entrance.through.object)} with as few as ${fewest}; the stack ${stack} needs ${least}`;
      return [{ at: workload, message }];
    });
  },
};
