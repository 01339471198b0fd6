import { containersOf, onLinux, podOf, type SecurityContext } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

const allowed = ['RuntimeDefault', 'Localhost'];

export const seccomp: ObjectRule = {
  name: 'seccomp',
  demand: `Every container, or its pod, has a seccomp profile of the type ${allowed.join(' or ')}.`,
  reason:
    'Without one a process may make every system call, and errors in the kernel are reached by those that nobody needs.',
  standard: {
    name: 'Pod Security Standards, restricted: seccomp',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted',
  },
  fix: "Set `seccompProfile: {type: RuntimeDefault}` in the pod's `securityContext`.",
  level: 'mandatory',
  severity: 'medium',
  checkObject(object) {
    const pod = onLinux(podOf(object));
    if (pod === undefined) return [];
    const shared = profileOf(pod.spec.securityContext);
    return [
      ...wrong('the pod', shared),
      ...containersOf(pod).flatMap(({ container, title }) => {
        const own = profileOf(container.securityContext);
        return own === undefined && shared === undefined ? [`${title} has no seccomp profile`] : wrong(title, own);
      }),
    ];
  },
};

const profileOf = (context: SecurityContext | undefined) => context?.seccompProfile?.type ?? undefined;

const wrong = (title: string, type: string | undefined): string[] =>
  type === undefined || allowed.includes(type) ? [] : [`${title} has the seccomp profile ${type}`];
