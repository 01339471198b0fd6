import type { KubernetesObject } from '../kubernetes/object.ts';
import { containersOf, podOf, type Container, type NamedContainer, type Pod } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

/** Kinds that start their pods again whenever they end. */
const longRunning = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController'];

/** Whether the pods of an object are to run for ever. A Pod is restarted always where it says nothing. */
const runsForEver = ({ kind = '' }: KubernetesObject, { spec }: Pod): boolean =>
  longRunning.includes(kind) || (kind === 'Pod' && (spec.restartPolicy ?? 'Always') === 'Always');

export const probes: ObjectRule = {
  name: 'probes',
  demand:
    'Every container that runs for ever has a liveness probe, and a readiness probe if it listens on a port. Jobs, and init ' +
    'containers that end, need neither.',
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
  checkObject(object) {
    const pod = podOf(object);
    if (pod === undefined || !runsForEver(object, pod)) return [];
    return containersOf(pod)
      .filter(staysWithPod)
      .flatMap(({ container, title }) => missing(container).map((probe) => `${title} has no ${probe} probe`));
  },
};

/** An init container stays where it is restarted always; an ephemeral one may have no probes. */
const staysWithPod = ({ kind, container }: NamedContainer): boolean =>
  kind === 'container' || (kind === 'init container' && container.restartPolicy === 'Always');

function missing({ livenessProbe, readinessProbe, ports }: Container): string[] {
  const listens = (ports ?? []).length > 0;
  return [...(livenessProbe ? [] : ['liveness']), ...(listens && !readinessProbe ? ['readiness'] : [])];
}
