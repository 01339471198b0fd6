import type { types } from '@pulumi/kubernetes';
import type { Unwrap } from '@pulumi/pulumi';
import type { Connection, Source } from '../connection.ts';
import type { Workload } from '../workload.ts';
import { selectorLabels } from './labels.ts';
import { mergeEdges, type Edge, type EdgePort, type Peer } from './network-edge.ts';
import { findPort, portsOf } from './ports.ts';

/** What a NetworkPolicy says, without outputs of resources. */
export type NetworkPolicySpec = Unwrap<types.input.networking.v1.NetworkPolicySpec>;

/** Where the cluster's own ends of edges are: `ballast:cluster` has the first two. */
export interface ClusterEdges {
  readonly apiServer: { readonly cidrs: readonly string[]; readonly ports: readonly number[] };
  readonly dns: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly addresses: readonly string[];
    readonly ports: readonly number[];
  };
  /** Namespace of an existing Prometheus that reads every port with metrics: the operator form of monitoring. */
  readonly scrapedFrom?: string | undefined;
}

/**
 * The edges of one workload, both ways: out by its own connections, in by every other's connections to it and by what it
 * admits. With the namespace's default deny, nothing else passes.
 *
 * @param all Every workload of the stack, this one included.
 * @throws when a connection's or an admission's far end does not exist, with what there is instead.
 */
export function networkPolicySpec(
  workload: Workload,
  all: readonly Workload[],
  cluster: ClusterEdges,
): NetworkPolicySpec {
  const far = workload.connections.map((connection) => edgeOut(workload, connection, all, cluster));
  // Every far end but an address has a name; who calls nobody asks for none.
  const out = far.length === 0 ? [] : [...far, ...dnsEdges(cluster)];
  const ingress = mergeEdges(workload.name, edgesIn(workload, all, cluster)).map(({ peers, ports }) => ({
    from: peers,
    ports,
  }));
  const egress = mergeEdges(workload.name, out).map(({ peers, ports }) => ({ to: peers, ports }));
  return {
    podSelector: { matchLabels: selectorLabels(workload.name) },
    policyTypes: ['Ingress', 'Egress'],
    // No edges are no field: the API server stores none, and an empty list would be a change at each time it is applied.
    ...(ingress.length > 0 && { ingress }),
    ...(egress.length > 0 && { egress }),
  };
}

function edgeOut(workload: Workload, connection: Connection, all: readonly Workload[], cluster: ClusterEdges): Edge {
  switch (connection.to) {
    case 'workload':
      return { peers: [pods(connection.workload)], ports: [calledPort(workload, connection, all)] };
    case 'namespace':
      return { peers: [namespaceOf(connection.namespace)], ports: connection.ports.map(tcp) };
    case 'kubernetes-api':
      return { peers: cluster.apiServer.cidrs.map(address), ports: cluster.apiServer.ports.map(tcp) };
    case 'addresses':
      return { peers: connection.cidrs.map(address), ports: connection.ports.map(tcp) };
    case 'internet':
      return { peers: internet, ports: [tcp(443)] };
  }
}

function edgesIn(workload: Workload, all: readonly Workload[], cluster: ClusterEdges): Edge[] {
  const callers = all.flatMap((caller) =>
    caller.connections.flatMap((connection) =>
      connection.to === 'workload' && connection.workload === workload.name
        ? [{ peers: [pods(caller.name)], ports: [calledPort(caller, connection, all)] }]
        : [],
    ),
  );
  const admitted = (workload.admits ?? []).map((source) => ({
    peers: peersOf(source),
    ports: [edgePort(findPort([workload], workload.name, source.port, `${workload.name} admits callers to`))],
  }));
  const scraped = portsOf(workload).flatMap((port) =>
    port.metrics && cluster.scrapedFrom !== undefined
      ? [{ peers: [namespaceOf(cluster.scrapedFrom)], ports: [edgePort(port)] }]
      : [],
  );
  return [...callers, ...admitted, ...scraped];
}

/** The port at the far end; the same for the policies of both ends. */
function calledPort(
  caller: Workload,
  connection: Extract<Connection, { to: 'workload' }>,
  all: readonly Workload[],
): EdgePort {
  const { workload, port } = connection;
  const found = findPort(all, workload, port, `${caller.name} connects to`);
  if (found.peersOnly === true && caller.name !== workload) {
    throw new Error(`${caller.name} connects to port "${port}" of ${workload}, which is for ${workload}'s own copies`);
  }
  return edgePort(found);
}

/** DNS answers over TCP what does not fit into a UDP packet. */
function dnsEdges({ dns }: ClusterEdges): Edge[] {
  const ports = dns.ports.flatMap((port) => [{ protocol: 'UDP' as const, port }, tcp(port)]);
  const inPods = { ...namespaceOf(dns.namespace), podSelector: { matchLabels: dns.labels } };
  const byAddress = dns.addresses.length === 0 ? [] : [{ peers: dns.addresses.map(address), ports }];
  return [{ peers: [inPods], ports }, ...byAddress];
}

const tcp = (port: number): EdgePort => ({ protocol: 'TCP', port });
const edgePort = ({ number, protocol = 'TCP' }: { number: number; protocol?: 'TCP' | 'UDP' }): EdgePort => ({
  protocol,
  port: number,
});
const pods = (workload: string): Peer => ({ podSelector: { matchLabels: selectorLabels(workload) } });
const address = (cidr: string): Peer => ({ ipBlock: { cidr } });
const namespaceOf = (name: string): Peer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});
/** Who calls from outside the stack, as peers. */
export const peersOf = (source: Source): Peer[] =>
  'namespace' in source ? [namespaceOf(source.namespace)] : source.cidrs.map(address);

/** Every address but those that are not on the internet, clouds' metadata addresses among them. */
const internet: readonly Peer[] = [
  {
    ipBlock: {
      cidr: '0.0.0.0/0',
      except: [
        // RFC 1918
        '10.0.0.0/8',
        '172.16.0.0/12',
        '192.168.0.0/16',
        // RFC 6598, shared addresses: pods and Services of some clouds, and Alibaba's metadata
        '100.64.0.0/10',
        // RFC 3927, link-local: the metadata of most clouds
        '169.254.0.0/16',
        // RFC 6890, protocol assignments: Oracle's metadata
        '192.0.0.0/24',
      ],
    },
  },
  // RFC 4193, unique local (metadata of AWS over IPv6 among them), and RFC 4291, link-local
  { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
];
