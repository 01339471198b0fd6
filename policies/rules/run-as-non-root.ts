import { containersOf, podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

export const runAsNonRoot: ObjectRule = {
  name: 'run-as-non-root',
  demand: 'No container may run as root: `runAsNonRoot` is true for each or for the pod, and no `runAsUser` is 0.',
  reason: 'Who breaks out of a container as root is root on its node.',
  standard: {
    name: 'Pod Security Standards, restricted: running as non-root',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted',
  },
  fix: "Set `runAsNonRoot: true` and the number of the image's user as `runAsUser` in the pod's `securityContext`.",
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const shared = pod.spec.securityContext;
    const ofPod = shared?.runAsNonRoot ?? undefined;
    return [
      ...(ofPod === false ? ['the pod sets runAsNonRoot to false'] : []),
      ...(shared?.runAsUser === 0 ? ['the pod runs as user 0'] : []),
      ...containersOf(pod).flatMap(({ container, title }) => {
        const own = container.securityContext;
        // What the pod says wrong is said once, for the pod.
        const nonRoot = own?.runAsNonRoot ?? ofPod !== undefined;
        return [
          ...(nonRoot ? [] : [`${title} may run as root: runAsNonRoot is not true`]),
          ...(own?.runAsUser === 0 ? [`${title} runs as user 0`] : []),
        ];
      }),
    ];
  },
};
