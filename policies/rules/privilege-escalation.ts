import { containersOf, onLinux, podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

export const privilegeEscalation: ObjectRule = {
  name: 'privilege-escalation',
  demand: 'Every container says that its processes get no more privileges than they start with.',
  reason: 'Otherwise a program with the set-user-ID bit makes root of a process that is not root.',
  standard: {
    name: 'Pod Security Standards, restricted: privilege escalation',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted',
  },
  fix: "Set `allowPrivilegeEscalation: false` in the container's `securityContext`; it is true where nothing is said.",
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    return containersOf(onLinux(podOf(object)))
      .filter(({ container }) => container.securityContext?.allowPrivilegeEscalation !== false)
      .map(({ title }) => `${title} may gain privileges: allowPrivilegeEscalation is not false`);
  },
};
