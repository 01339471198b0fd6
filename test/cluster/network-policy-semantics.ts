import { BlockList } from 'node:net';
import { selects } from '../../policies/kubernetes/selector.ts';
import type { Objects, Peer, Pod, PolicyPort, Protocol } from '../../tools/cluster/network-policies/objects.ts';

/** One end of a connection. */
export interface End {
  readonly address: string;
  /** Where it is one. */
  readonly pod?: Pod;
}

/** An attempt to connect. */
export interface Attempt {
  readonly from: End;
  readonly to: End;
  readonly protocol: Protocol;
  readonly port: number;
}

/**
 * Whether network policies let a connection come about, as Kubernetes says it: the pod that it leaves and the pod that it
 * comes to must both allow it, and a pod allows all where no policy of that direction selects it.
 *
 * See https://kubernetes.io/docs/concepts/services-networking/network-policies/.
 */
export function isAllowed(objects: Objects, attempt: Attempt): boolean {
  return (['Ingress', 'Egress'] as const).every((direction) => {
    const own = direction === 'Ingress' ? attempt.to : attempt.from;
    const far = direction === 'Ingress' ? attempt.from : attempt.to;
    if (own.pod === undefined || own.address === far.address) return true;
    const { metadata } = own.pod;
    const policies = objects.policies.filter(
      (policy) =>
        policy.metadata.namespace === metadata.namespace &&
        policy.spec.policyTypes.includes(direction) &&
        selects(policy.spec.podSelector, metadata.labels),
    );
    if (policies.length === 0) return true;
    const rules = policies.flatMap(({ spec: { ingress = [], egress = [] } }) =>
      direction === 'Ingress'
        ? ingress.map(({ from = [], ports = [] }) => ({ peers: from, ports }))
        : egress.map(({ to = [], ports = [] }) => ({ peers: to, ports })),
    );
    return rules.some(
      ({ peers, ports }) =>
        (peers.length === 0 || peers.some((peer) => isPeer(peer, far, metadata.namespace, objects))) &&
        (ports.length === 0 || ports.some((port) => isPort(port, attempt))),
    );
  });
}

function isPeer(peer: Peer, { address, pod }: End, own: string, { namespaces }: Objects): boolean {
  const { ipBlock, podSelector = {}, namespaceSelector } = peer;
  if (ipBlock !== undefined) {
    return isWithin(address, ipBlock.cidr) && !ipBlock.except?.some((range) => isWithin(address, range));
  }
  if (pod === undefined || !selects(podSelector, pod.metadata.labels)) return false;
  if (namespaceSelector === undefined) return pod.metadata.namespace === own;
  const namespace = namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace);
  return selects(namespaceSelector, namespace?.metadata.labels);
}

function isPort({ protocol = 'TCP', port, endPort }: PolicyPort, attempt: Attempt): boolean {
  if (protocol !== attempt.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return attempt.port >= port && attempt.port <= (endPort ?? port);
  const ports = (attempt.to.pod?.spec.containers ?? []).flatMap(({ ports = [] }) => ports);
  return ports.some(
    (each) => each.name === port && (each.protocol ?? 'TCP') === protocol && each.containerPort === attempt.port,
  );
}

/** Whether an address of IPv4 is in a range of IPv4 or IPv6. */
export function isWithin(address: string, cidr: string): boolean {
  const [net = '', prefix] = cidr.split('/');
  if (net.includes(':')) return false;
  const range = new BlockList();
  range.addSubnet(net, Number(prefix));
  return range.check(address);
}
