import { containersOf, onLinux, podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

/** To listen on a port below 1024. */
const allowed = 'NET_BIND_SERVICE';

export const capabilities: ObjectRule = {
  name: 'capabilities',
  demand: `Every container drops all capabilities and adds none but ${allowed}.`,
  reason:
    'Each capability is a part of what root may do; the default ones are enough to forge packets and to take over files.',
  standard: {
    name: 'Pod Security Standards, restricted: capabilities',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted',
  },
  fix: "Set `capabilities: {drop: [ALL]}` in the container's `securityContext`.",
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    return containersOf(onLinux(podOf(object))).flatMap(({ container, title }) => {
      const { drop, add } = container.securityContext?.capabilities ?? {};
      const more = (add ?? []).filter((each) => each !== allowed);
      return [
        ...((drop ?? []).includes('ALL') ? [] : [`${title} does not drop all capabilities`]),
        ...(more.length === 0 ? [] : [`${title} adds the capabilities ${more.join(', ')}`]),
      ];
    });
  },
};
