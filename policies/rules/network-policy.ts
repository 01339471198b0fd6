import { titleOf, type KubernetesObject } from '../kubernetes/object.ts';
import { isEmpty, selects, type LabelSelector } from '../kubernetes/selector.ts';
import { textOf } from '../kubernetes/text.ts';
import type { ProgramRule } from '../rule.ts';

interface NetworkPolicySpec {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly TrafficRule[];
  readonly egress?: readonly TrafficRule[];
}

/** What a policy allows in one direction. */
interface TrafficRule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly unknown[];
}

/** Pods by their namespaces and labels, or addresses. */
interface Peer {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] };
}

const directions = ['Ingress', 'Egress'] as const;
type Direction = (typeof directions)[number];

export const networkPolicy: ProgramRule = {
  name: 'network-policy',
  demand:
    'Every workload has NetworkPolicies of its own for both directions, with a selector that is not empty and selects its pods, also where others share it, and none that allows everything.',
  reason: 'Without one, every pod of the cluster reaches it, and whoever breaks into it reaches everything.',
  standard: {
    name: 'Kubernetes: security checklist',
    url: 'https://kubernetes.io/docs/concepts/security/security-checklist/#network-security',
  },
  fix: 'Add a NetworkPolicy whose `podSelector` selects the pods, with `policyTypes: [Ingress, Egress]` and what they need.',
  level: 'mandatory',
  severity: 'high',
  checkProgram(program) {
    return program.workloads.flatMap((workload) => {
      const policies = program
        .ofKind('networking.k8s.io', 'NetworkPolicy', workload.namespace)
        .map(({ object }) => ({ title: titleOf(object), spec: specOf(object) }))
        .filter(({ spec }) => selects(spec.podSelector ?? {}, workload.pod.metadata.labels));
      const own = policies.filter(({ spec }) => !isEmpty(spec.podSelector ?? {}));
      const covered = new Set(own.flatMap(({ spec }) => directionsOf(spec)));
      const missing = directions.filter((direction) => !covered.has(direction));
      // What one policy allows no other takes back.
      const open = policies.flatMap(({ title, spec }) =>
        directionsOf(spec)
          .filter((direction) => allowsAll(spec, direction))
          .map((direction) => `${title} allows everything for ${direction}`),
      );
      const messages = [
        ...(missing.length > 0 ? [`no NetworkPolicy of its own covers ${missing.join(' and ')}`] : []),
        ...open,
      ];
      return messages.map((message) => ({ at: workload, message }));
    });
  },
};

const specOf = ({ spec }: KubernetesObject): NetworkPolicySpec => spec ?? {};

/**
 * A policy that names no directions is about what comes in, and about what goes out only when it has rules for that.
 *
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
 */
const directionsOf = ({ policyTypes, egress }: NetworkPolicySpec): readonly Direction[] =>
  directions.filter((direction) =>
    policyTypes ? policyTypes.includes(direction) : direction === 'Ingress' || (egress ?? []).length > 0,
  );

/** A rule without peers is about all of them, and one without ports about every port. */
const allowsAll = ({ ingress, egress }: NetworkPolicySpec, direction: Direction): boolean =>
  ((direction === 'Ingress' ? ingress : egress) ?? []).some(({ from, to, ports }) => {
    const peers = (direction === 'Ingress' ? from : to) ?? [];
    return (ports ?? []).length === 0 && (peers.length === 0 || peers.some(isEverybody));
  });

/** Every pod of every namespace, or every address of IPv4 or IPv6. */
function isEverybody({ namespaceSelector, podSelector, ipBlock }: Peer): boolean {
  if (ipBlock) return textOf(ipBlock.cidr).endsWith('/0') && (ipBlock.except ?? []).length === 0;
  return !!namespaceSelector && isEmpty(namespaceSelector) && isEmpty(podSelector ?? {});
}
