import { containersOf, podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

/** Fields of a pod, and what of its node they share. */
const shared = [
  ['hostNetwork', 'network'],
  ['hostPID', 'processes'],
  ['hostIPC', 'shared memory'],
] as const;

export const hostNamespaces: ObjectRule = {
  name: 'host-namespaces',
  demand: 'No pod shares the network, the processes or the shared memory of its node, or takes a port of it.',
  reason:
    'On the network of the node no NetworkPolicy holds; among its processes every secret in their environments is open.',
  standard: {
    name: 'Pod Security Standards, baseline: host namespaces, host ports',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  },
  fix: 'Leave out `hostNetwork`, `hostPID`, `hostIPC` and `hostPort`; publish ports by a Service.',
  level: 'mandatory',
  severity: 'critical',
  checkObject(object) {
    const pod = podOf(object);
    if (pod === undefined) return [];
    return [
      ...shared
        .filter(([field]) => pod.spec[field] === true)
        .map(([field, what]) => `the pod shares the ${what} of its node (${field})`),
      ...containersOf(pod).flatMap(({ container, title }) =>
        (container.ports ?? [])
          .filter(({ hostPort }) => (hostPort ?? 0) !== 0)
          .map(({ hostPort = 0 }) => `${title} takes the port ${hostPort} of its node (hostPort)`),
      ),
    ];
  },
};
