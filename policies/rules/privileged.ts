import { containersOf, podOf, type SecurityContext } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

export const privileged: ObjectRule = {
  name: 'privileged',
  demand: 'No container is privileged, or a HostProcess container of Windows.',
  reason: 'Such a container has every capability and every device of its node: it is root there, or its administrator.',
  standard: {
    name: 'Pod Security Standards, baseline: privileged containers, HostProcess',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  },
  fix: 'Leave out `privileged` and `windowsOptions.hostProcess` in the `securityContext` of the container and of the pod.',
  level: 'mandatory',
  severity: 'critical',
  checkObject(object) {
    const pod = podOf(object);
    return [
      ...(isHostProcess(pod?.spec.securityContext) ? ['the pod has HostProcess containers'] : []),
      ...containersOf(pod).flatMap(({ container: { securityContext }, title }) => [
        ...(securityContext?.privileged === true ? [`${title} is privileged`] : []),
        ...(isHostProcess(securityContext) ? [`${title} is a HostProcess container`] : []),
      ]),
    ];
  },
};

const isHostProcess = (context: SecurityContext | undefined): boolean => context?.windowsOptions?.hostProcess === true;
