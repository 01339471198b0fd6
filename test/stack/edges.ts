import type { Unwrap } from '@pulumi/pulumi';
import type { types } from '@pulumi/kubernetes';
import type { NetworkPolicySpec, Rendered } from './rendered.ts';

type Peer = Unwrap<types.input.networking.v1.NetworkPolicyPeer>;
type Port = Unwrap<types.input.networking.v1.NetworkPolicyPort>;

/** What the policies of a stack open. An edge inside it is `api -> qdrant:6333/TCP`. */
export interface Edges {
  /** By the callers' policies. */
  readonly out: ReadonlySet<string>;
  /** By the policies of who is called. */
  readonly into: ReadonlySet<string>;
  /** To and from what is no pod of the stack. */
  readonly outside: readonly OutsideEdge[];
}

/** One end is no pod of the stack. */
export interface OutsideEdge {
  readonly workload: string;
  readonly direction: 'out' | 'into';
  readonly peer: Peer;
  readonly ports: readonly Port[];
}

/** Reads what passes from the policies as Kubernetes does: https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
export function edges(stack: Rendered): Edges {
  const [out, into] = [new Set<string>(), new Set<string>()];
  const outside: OutsideEdge[] = [];
  for (const { spec } of stack.all<NetworkPolicySpec>('NetworkPolicy')) {
    for (const { name } of stack.selected(spec.podSelector.matchLabels)) {
      for (const { to, ports } of spec.egress ?? []) {
        for (const peer of to ?? []) {
          if (!isInside(peer)) outside.push({ workload: name, direction: 'out', peer, ports: ports ?? [] });
          else for (const far of farEnds(stack, peer)) add(out, name, far, ports);
        }
      }
      for (const { from, ports } of spec.ingress ?? []) {
        for (const peer of from ?? []) {
          if (!isInside(peer)) outside.push({ workload: name, direction: 'into', peer, ports: ports ?? [] });
          else for (const far of farEnds(stack, peer)) add(into, far, name, ports);
        }
      }
    }
  }
  return { out, into, outside };
}

/** Without a selector of namespaces, a peer is in the policy's own. */
const isInside = ({ namespaceSelector, ipBlock }: Peer) => namespaceSelector === undefined && ipBlock === undefined;

const farEnds = (stack: Rendered, { podSelector }: Peer) =>
  stack.selected(podSelector?.matchLabels).map(({ name }) => name);

function add(all: Set<string>, caller: string, called: string, ports: readonly Port[] | undefined): void {
  for (const { port, protocol } of ports ?? []) all.add(edge(caller, called, Number(port), protocol));
}

/** How an edge is written. */
export const edge = (caller: string, called: string, port: number, protocol = 'TCP'): string =>
  `${caller} -> ${called}:${port}/${protocol}`;
