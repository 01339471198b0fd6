import { selects } from '../../../policies/kubernetes/selector.ts';
import type { Namespace, NetworkPolicy, Peer, Pod, PolicyPort } from './objects.ts';

/** What a policy is about: who comes in, or where it goes out. */
export type Direction = 'Ingress' | 'Egress';

/** A pod that has an address of its own. */
export interface PodAt extends Pod {
  readonly address: string;
}

/** Everything that peers are found among. */
export interface Surroundings {
  readonly pods: readonly PodAt[];
  readonly namespaces: readonly Namespace[];
}

/**
 * Who began the connection that a packet belongs to, for nft(8). Whichever way the packet goes, and whatever address of a
 * Service stands in it on its way.
 */
export const client = 'ct original ip saddr';

/** Who was connected to: the pod where the connection was to a Service. */
export const server = 'ct reply ip saddr';

const serverPort = 'ct reply proto-src';

/** The end of a connection that is not the policy's own. */
interface FarEnd {
  /** Conditions on its address for nft(8); none lets any be. */
  readonly conditions: readonly string[];
  /** Where it is a pod. */
  readonly pod?: PodAt;
}

/** The connections of a pod that a policy lets pass: conditions for nft(8), each enough by itself. */
export function openings(direction: Direction, pod: PodAt, policy: NetworkPolicy, around: Surroundings): string[] {
  const { ingress = [], egress = [] } = policy.spec;
  const rules =
    direction === 'Ingress'
      ? ingress.map(({ from, ports }) => ({ peers: from, ports }))
      : egress.map(({ to, ports }) => ({ peers: to, ports }));
  const address = direction === 'Ingress' ? client : server;
  return rules.flatMap(({ peers = [], ports = [] }) => {
    const anybody: FarEnd[] = [{ conditions: [] }];
    const ends =
      peers.length === 0 ? anybody : peers.flatMap((peer) => endsOf(peer, policy.metadata.namespace, address, around));
    return ends.flatMap((end) => {
      const servers = direction === 'Ingress' ? [pod] : end.pod === undefined ? around.pods : [end.pod];
      const conditions = ports.length === 0 ? [''] : ports.flatMap((port) => portConditions(port, servers));
      return conditions.map((condition) => [...end.conditions, condition].join(' ').trim());
    });
  });
}

/** What a peer stands for: each pod that it selects, or a range of addresses. */
function endsOf(peer: Peer, own: string, address: string, { pods, namespaces }: Surroundings): FarEnd[] {
  const { ipBlock, podSelector = {}, namespaceSelector } = peer;
  if (ipBlock !== undefined) {
    const { cidr, except = [] } = ipBlock;
    // Nobody here has an address of IPv6.
    if (cidr.includes(':')) return [];
    return [{ conditions: [`${address} ${cidr}`, ...except.map((range) => `${address} != ${range}`)] }];
  }
  const selected = namespaces.filter(({ metadata }) => selects(namespaceSelector, metadata.labels));
  const within = new Set(namespaceSelector === undefined ? [own] : selected.map(({ metadata }) => metadata.name));
  return pods
    .filter(({ metadata }) => within.has(metadata.namespace) && selects(podSelector, metadata.labels))
    .map((pod) => ({ conditions: [`${address} ${pod.address}`], pod }));
}

/**
 * Conditions on the port that is connected to. A name is the port that the pod which is connected to gives it, so there is
 * a condition for each pod that knows it.
 *
 * @param servers The pods that may be connected to.
 */
function portConditions({ protocol = 'TCP', port, endPort }: PolicyPort, servers: readonly PodAt[]): string[] {
  const layer = `ct original protocol ${protocol.toLowerCase()}`;
  if (port === undefined) return [layer];
  if (typeof port === 'number')
    return [`${layer} ${serverPort} ${endPort === undefined ? port : `${port}-${endPort}`}`];
  return servers.flatMap(({ address, spec: { containers, initContainers = [] } }) => {
    const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
    const named = [...containers, ...sidecars]
      .flatMap(({ ports = [] }) => ports)
      .find((each) => each.name === port && (each.protocol ?? 'TCP') === protocol);
    return named === undefined ? [] : [`${server} ${address} ${layer} ${serverPort} ${named.containerPort}`];
  });
}
