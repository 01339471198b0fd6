import { containersOf, onLinux, podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

export const readOnlyRoot: ObjectRule = {
  name: 'read-only-root',
  demand: "Every container's root file system is read-only.",
  reason: 'Who takes over a process can change its program, or bring one of his own, only where it can write.',
  standard: {
    name: 'Kubernetes: application security checklist, container security context',
    url: 'https://kubernetes.io/docs/concepts/security/application-security-checklist/#container-security-context',
  },
  fix: "Set `readOnlyRootFilesystem: true` in the container's `securityContext`, and mount an `emptyDir` where it has to write.",
  level: 'mandatory',
  severity: 'medium',
  checkObject(object) {
    return containersOf(onLinux(podOf(object)))
      .filter(({ container }) => container.securityContext?.readOnlyRootFilesystem !== true)
      .map(({ title }) => `${title} can write to its root file system`);
  },
};
