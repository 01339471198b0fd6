import type { Inventory, Workload } from '../kubernetes/inventory.ts';
import { containersOf, runsWithPod, type Container } from '../kubernetes/pod.ts';
import { serviceSpecOf } from '../kubernetes/service.ts';
import type { ProgramRule } from '../rule.ts';

/** Kinds that start their pods again whenever they end. */
const longRunning = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController'];

/** Whether the pods of an object are to run for ever. A Pod is restarted always where it says nothing. */
const runsForEver = ({ object: { kind = '' }, pod }: Workload): boolean =>
  longRunning.includes(kind) || (kind === 'Pod' && (pod.spec.restartPolicy ?? 'Always') === 'Always');

export const probes: ProgramRule = {
  name: 'probes',
  demand:
    'Every container that runs for ever has a liveness probe, and a readiness probe if it names a port; behind a Service, at ' +
    'least one container has one in any case. Jobs, and init containers that end, need neither.',
  reason:
    'Without a liveness probe a container that hangs is never restarted; without a readiness probe one that cannot answer ' +
    'yet gets requests.',
  standard: {
    name: 'Kubernetes: liveness, readiness and startup probes',
    url: 'https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/',
  },
  fix:
    'Add `livenessProbe`, which asks only whether the process works, and for what listens `readinessProbe`, which asks ' +
    'whether it can answer now.',
  level: 'mandatory',
  severity: 'high',
  checkProgram(program) {
    return program.workloads.filter(runsForEver).flatMap((at) => {
      const containers = containersOf(at.pod).filter(runsWithPod);
      const messages = containers.flatMap(({ container, title }) =>
        missing(container).map((probe) => `${title} has no ${probe} probe`),
      );
      // Asked last: the names of namespaces, by which Services are found, may not be known in a preview.
      const isTold = containers.some(({ container }) => container.readinessProbe || listens(container));
      const services = isTold ? [] : serviceNames(program, at);
      const behind =
        services.length === 0 ? [] : [`serves as ${services.join(' and ')}, and no container has a readiness probe`];
      return [...messages, ...behind].map((message) => ({ at, message }));
    });
  },
};

/** Names of the Services that send requests to the pods of a workload. One without ports is there for its DNS names alone. */
const serviceNames = (program: Inventory, workload: Workload) =>
  program
    .servicesOf(workload)
    .filter(({ object }) => serviceSpecOf(object).ports?.length)
    .map(({ object }) => object.metadata?.name);

/** Whether a container names a port. Kubernetes does not ask for it: it may listen without. */
const listens = ({ ports }: Container): boolean => (ports ?? []).length > 0;

const missing = (container: Container): string[] => [
  ...(container.livenessProbe ? [] : ['liveness']),
  ...(listens(container) && !container.readinessProbe ? ['readiness'] : []),
];
