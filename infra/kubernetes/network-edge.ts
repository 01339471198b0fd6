/** One end of an edge, as a NetworkPolicy names it. */
export interface Peer {
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string; readonly except?: string[] };
}

/** A port by number: a policy's port name would be looked up in the pod, where a typing error opens nothing and says nothing. */
export interface EdgePort {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/** What may pass: any of the peers, on any of the ports. */
export interface Edge {
  readonly peers: readonly Peer[];
  readonly ports: readonly EdgePort[];
}

/**
 * One edge for the same peers, with all their ports, in an order that does not depend on the input's: a new part adds its
 * lines to a diff and moves no other.
 *
 * @throws when an edge has no peer or no port, since a NetworkPolicy takes an empty list for everything.
 */
export function mergeEdges(workload: string, edges: readonly Edge[]): { peers: Peer[]; ports: EdgePort[] }[] {
  const merged = new Map<string, { peers: readonly Peer[]; ports: Map<string, EdgePort> }>();
  for (const { peers, ports } of edges) {
    if (peers.length === 0 || ports.length === 0) {
      throw new Error(
        `${workload} has a connection without an address or without a port, which would open all of them`,
      );
    }
    const key = JSON.stringify(peers);
    const entry = merged.get(key) ?? { peers, ports: new Map<string, EdgePort>() };
    for (const each of ports) entry.ports.set(`${each.protocol} ${String(each.port).padStart(5, '0')}`, each);
    merged.set(key, entry);
  }
  return sorted(merged).map(({ peers, ports }) => ({ peers: [...peers], ports: sorted(ports) }));
}

const sorted = <T>(entries: ReadonlyMap<string, T>): T[] =>
  [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
