import { isKind } from '../kubernetes/object.ts';
import type { ObjectRule } from '../rule.ts';

const label = 'pod-security.kubernetes.io/enforce';

export const namespacePodSecurity: ObjectRule = {
  name: 'namespace-pod-security',
  demand: 'Every namespace enforces the level `restricted` of the Pod Security Standards.',
  reason:
    'What this program does not make, by hand or by an operator, is refused only by the cluster. The checklist asks for a level ' +
    'that fits; this rule always asks for the one that the standards describe as the best practice of hardening pods.',
  standard: {
    name: 'Kubernetes: security checklist, pod security',
    url: 'https://kubernetes.io/docs/concepts/security/security-checklist/#pod-security',
  },
  fix: `Add the label \`${label}: restricted\`.`,
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    if (!isKind(object, '', 'Namespace')) return [];
    const level = object.metadata?.labels?.[label] ?? '';
    if (level === 'restricted') return [];
    return [level === '' ? 'it enforces no level of Pod Security' : `it enforces the Pod Security level ${level}`];
  },
};
