import type { ClusterSettings } from '../../infra/cluster.ts';
import type { NetworkPolicySpec } from '../../infra/kubernetes/network-policy.ts';
import { readStackConfig } from '../../infra/read-config.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { renderStack } from '../../infra/render/render.ts';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { root } from '../running.js';

/** One way that a packet may go, between two workloads or from or to the outside. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly number[];
}

/** The handbook's page with the workloads of the stack prod and who may call whom: what its NetworkPolicies say. */
export async function stackPicturePage(): Promise<string> {
  const manifests = await renderStack(root, 'prod');
  const { cluster } = readStackConfig(readStackFile(root, 'prod'));
  const edges = manifests.flatMap((manifest) => edgesOf(manifest, cluster));
  const scrapes = ({ from }: Edge) => from === 'prometheus';
  return `${introduction}

\`\`\`mermaid
flowchart LR
${[...nodes(manifests, edges), ...edges.filter((edge) => !scrapes(edge)).map(arrow)].map((line) => `  ${line}`).join('\n')}
\`\`\`

## Who may call whom in the stack prod

| Caller | May call | On ports |
| --- | --- | --- |
${edges.map(({ from, to, ports }) => `| ${from} | ${to} | ${ports.join(', ')} |`).join('\n')}
`;
}

const introduction = `# Picture of the stack

<!-- Made by \`npm run generate\` from the NetworkPolicies of the stack prod. -->

The picture shows the workloads of the stack \`prod\` and every network connection that its NetworkPolicies allow. A cylinder
keeps data on volumes, and a box with two lines at its sides runs on a schedule. What Prometheus scrapes is in the table
and left out of the picture, and so is DNS, which every workload with a connection of its own may ask.`;

/** Out of a workload to anywhere, and from outside the stack into it: what both ends say of one connection is one edge. */
function edgesOf(manifest: Manifest, cluster: ClusterSettings): Edge[] {
  if (manifest.kind !== 'NetworkPolicy') return [];
  const { ingress = [], egress = [] } = manifest['spec'] as NetworkPolicySpec;
  const { name } = manifest.metadata;
  const out = egress.flatMap(({ to = [], ports = [] }) =>
    ends(to, cluster).map((far) => ({ from: name, to: far, ports: numbers(ports) })),
  );
  const into = ingress.flatMap(({ from = [], ports = [] }) =>
    ends(
      from.filter(({ podSelector }) => podSelector === undefined),
      cluster,
    ).map((far) => ({
      from: far,
      to: name,
      ports: numbers(ports),
    })),
  );
  return [...into, ...out.filter(({ ports }) => !ports.every((port) => cluster.dns.ports.includes(port)))];
}

type Rule = NonNullable<NetworkPolicySpec['egress']>[number];
type Peer = NonNullable<Rule['to']>[number];

const numbers = (ports: NonNullable<Rule['ports']>) => [...new Set(ports.map(({ port }) => Number(port)))];

const ends = (peers: readonly Peer[], cluster: ClusterSettings) => [
  ...new Set(peers.map((peer) => farEnd(peer, cluster))),
];

function farEnd({ podSelector, namespaceSelector, ipBlock }: Peer, cluster: ClusterSettings): string {
  if (ipBlock?.except !== undefined) return 'internet';
  if (ipBlock !== undefined) return cluster.apiServer.cidrs.includes(ipBlock.cidr) ? 'Kubernetes API' : ipBlock.cidr;
  const labels = (namespaceSelector ?? podSelector)?.matchLabels ?? {};
  return namespaceSelector === undefined
    ? (labels['app.kubernetes.io/name'] ?? '')
    : `namespace ${labels['kubernetes.io/metadata.name'] ?? ''}`;
}

/** Brackets of Mermaid's shapes: https://mermaid.js.org/syntax/flowchart.html#node-shapes */
const shapes: Readonly<Record<string, readonly [string, string]>> = {
  Deployment: ['[', ']'],
  StatefulSet: ['[(', ')]'],
  CronJob: ['[[', ']]'],
};

function nodes(manifests: readonly Manifest[], edges: readonly Edge[]): string[] {
  const workloads = manifests.flatMap(({ kind, metadata: { name, labels } }) => {
    const shape = shapes[kind];
    const component = labels?.['app.kubernetes.io/component'] ?? '';
    return shape === undefined ? [] : [[name, `${id(name)}${shape[0]}"${name}<br/>${component}"${shape[1]}`] as const];
  });
  const known = new Set(workloads.map(([name]) => name));
  const outside = edges.flatMap(({ from, to }) => [from, to]).filter((name) => !known.has(name));
  return [...workloads.map(([, line]) => line), ...[...new Set(outside)].map((name) => `${id(name)}(["${name}"])`)];
}

const arrow = ({ from, to, ports }: Edge) => `${id(from)} -->|${ports.join(', ')}| ${id(to)}`;

const id = (name: string) => name.replaceAll(/[^A-Za-z0-9]/g, '_');
