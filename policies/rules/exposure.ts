import { isKind } from '../kubernetes/object.ts';
import { openingsOf } from '../kubernetes/service.ts';
import type { ObjectRule } from '../rule.ts';

export const exposure: ObjectRule = {
  name: 'exposure',
  demand: 'No Service opens itself to the outside: no load balancer, no port of the nodes, no external address.',
  reason: 'It goes past the gateway, and with it past TLS, limits and logs.',
  standard: {
    name: 'Kubernetes: security checklist, network security',
    url: 'https://kubernetes.io/docs/concepts/security/security-checklist/#network-security',
  },
  fix: 'Make it a `ClusterIP` and lead to it by a route of the gateway, or by an Ingress.',
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    if (!isKind(object, '', 'Service')) return [];
    const { type, addresses } = openingsOf(object);
    return [
      ...(type === undefined ? [] : [`it is of the type ${type}`]),
      ...(addresses.length > 0 ? [`it has external addresses: ${addresses.join(', ')}`] : []),
    ];
  },
};
