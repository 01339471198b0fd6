import { z } from 'zod';
import { containersOf, podOf, type Resources } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

const demands = ['cpu request', 'memory request', 'cpu limit', 'memory limit'] as const;
type Demand = (typeof demands)[number];

const parameters = z.strictObject({
  /** Some leave out the limit of the CPU, so that spare time of the node can be used. */
  require: z.array(z.enum(demands)).default([...demands]),
});

export const resources: ObjectRule<typeof parameters> = {
  name: 'resources',
  demand:
    'Every container, or its pod as a whole, has requests and limits of CPU and memory; a limit is a request too.',
  reason:
    'Without requests the scheduler fills a node beyond what it has; without limits one container takes what the others on ' +
    'its node need. The limit of the CPU is more than the checklist asks of every workload: the parameter `require` without ' +
    '`cpu limit` leaves it out.',
  standard: {
    name: 'Kubernetes: application security checklist, application design',
    url: 'https://kubernetes.io/docs/concepts/security/application-security-checklist/#application-design',
  },
  fix: 'Add `resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}`, as was measured.',
  level: 'mandatory',
  severity: 'medium',
  parameters,
  checkObject(object, { require }) {
    const pod = podOf(object);
    return containersOf(pod).flatMap(({ kind, container, title }) => {
      // Kubernetes takes no resources for these.
      if (kind === 'ephemeral container') return [];
      const missing = require.filter(
        (demand) => !has(container.resources, demand) && !has(pod?.spec.resources, demand),
      );
      return missing.length === 0 ? [] : [`${title} has no ${missing.join(', no ')}`];
    });
  },
};

/**
 * A request that is not there is that of the limit beside it, of a container and of a pod.
 *
 * Source: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
 */
function has(resources: Resources | undefined, demand: Demand): boolean {
  const [name, kind] = demand.split(' ') as ['cpu' | 'memory', 'request' | 'limit'];
  const limit = resources?.limits?.[name];
  const quantity = kind === 'limit' ? limit : (resources?.requests?.[name] ?? limit);
  // None at all is what 0 means too.
  return Number.parseFloat(`${quantity ?? 0}`) !== 0;
}
