import { selects } from '../../../policies/kubernetes/selector.ts';
import type { NetworkPolicy, Objects, Owners, Pod } from './objects.ts';
import { client, openings, server, type Direction, type PodAt } from './openings.ts';

/** The table of the packet filter that holds the rules. */
const table = 'ballast-network-policies';

/**
 * The rules for nft(8) by which the node enforces network policies, in place of those that there were.
 *
 * They judge connections, not packets: every packet of a connection passes, replies and errors included, while both the
 * pod that began it and the pod that was connected to let it, and none from the moment on when one of them no longer does.
 * So a new policy cuts what is established, both ways. (Kubernetes leaves that open.)
 *
 * - A pod without a policy of a direction is free in it. No pod is kept from itself.
 * - What the node itself begins passes, since it asks the probes.
 * - A connection to the node, where the API server listens, needs a policy's leave as one to elsewhere does. (Kubernetes
 *   would let a pod connect to its own node; but where there are more nodes the API server is seldom on it.)
 * - A pod with the network of the node is the node: no policy guards it, and no selector finds it.
 * - An address that was given to a pod and is not in `owners`, or whose pod is not in `objects`, is closed both ways, so
 *   that no pod is open before its policies are in force.
 *
 * Meant for tests: for the pods of one node, by IPv4, each connected by a link `veth...`; made anew as a whole at each
 * change.
 */
export function ruleset(objects: Objects, owners: Owners): string {
  const pods = located(objects.pods, owners);
  return [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    'set pods {',
    'type ipv4_addr',
    ...elements(pods.map(({ address }) => address)),
    '}',
    ...guards('Egress', pods, objects),
    ...guards('Ingress', pods, objects),
    ...baseChain('forward', [
      // It belongs to no connection that could be judged.
      'ct state invalid drop',
      'iifname "veth*" ip saddr != @pods drop',
      'oifname "veth*" ip daddr != @pods drop',
      `${client} vmap @egress`,
      `${server} vmap @ingress`,
    ]),
    ...baseChain('input', ['iifname "veth*" ip saddr != @pods drop', `${client} vmap @egress`]),
    ...baseChain('output', [`${client} vmap @egress`]),
    '}',
    '',
  ].join('\n');
}

/** Sorted, so that the rules are the same whichever was seen first. */
function located(pods: readonly Pod[], owners: Owners): PodAt[] {
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  return [...owners]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([address, uid]) => {
      const pod = byUid.get(uid);
      return pod === undefined ? [] : [{ ...pod, address }];
    });
}

/** A chain for each pod that policies of a direction select, and a map that leads to it. */
function guards(direction: Direction, pods: readonly PodAt[], { policies, namespaces }: Objects): string[] {
  const map = direction.toLowerCase();
  const chains = pods.flatMap((pod) => {
    const own = policies.filter((policy) => concerns(policy, direction, pod));
    if (own.length === 0) return [];
    const itself = `${direction === 'Ingress' ? client : server} ${pod.address}`;
    const passing = new Set([
      itself,
      ...own.flatMap((policy) => openings(direction, pod, policy, { pods, namespaces })),
    ]);
    const rules = [...passing].map((conditions) => `${conditions} return`.trim());
    return [{ pod, rules: [...rules, `counter drop comment "${nameOf(pod)}"`] }];
  });
  return [
    ...chains.flatMap(({ pod, rules }) => [`chain ${map}-${pod.address} {`, ...rules, '}']),
    `map ${map} {`,
    'type ipv4_addr : verdict',
    ...elements(chains.map(({ pod: { address } }) => `${address} : jump ${map}-${address}`)),
    '}',
  ];
}

/** A comment of nft has no more characters. */
const nameOf = ({ metadata: { namespace, name } }: Pod) => `${namespace}/${name}`.slice(0, 128);

function concerns({ metadata, spec }: NetworkPolicy, direction: Direction, pod: Pod): boolean {
  const here = metadata.namespace === pod.metadata.namespace;
  return here && spec.policyTypes.includes(direction) && selects(spec.podSelector, pod.metadata.labels);
}

/** None at all is said by saying nothing. */
const elements = (all: readonly string[]) => (all.length === 0 ? [] : [`elements = { ${all.join(', ')} }`]);

function baseChain(hook: 'forward' | 'input' | 'output', rules: readonly string[]): string[] {
  return [`chain ${hook} {`, `type filter hook ${hook} priority filter; policy accept;`, ...rules, '}'];
}
