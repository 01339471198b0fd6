import { onPath } from '../../commands/on-path.ts';
import { foundOrInstalled } from '../../tools/apt.ts';
import type { NetworkPolicy, Objects, Pod } from '../../tools/cluster/network-policies/objects.ts';
import { ruleset } from '../../tools/cluster/network-policies/ruleset.ts';
import { outsider, podAddresses } from './network-policy-arbitrary.ts';
import { connectTo, Network } from './packet-lab.ts';

/** Another address of the network that has the outsider's. */
export const neighbour = '203.0.113.200';

/** The pods, in the order of their addresses, with the port that each calls http. */
const ports = { api: 8000, redis: 8001, other: 8000 } as const;
type App = keyof typeof ports;
const apps = Object.keys(ports) as App[];

/** One of the pods. Its address is its uid. */
export function podOf(app: App, name: string = app): Pod {
  const uid = podAddresses[apps.indexOf(app)] ?? '';
  return {
    metadata: { name, namespace: 'rag', uid, labels: { app } },
    spec: { containers: [{ ports: [{ name: 'http', containerPort: ports[app] }] }] },
  };
}

/** A policy for one of the pods, of the directions that it has rules for. */
export function policyFor(app: App, rules: Pick<NetworkPolicy['spec'], 'ingress' | 'egress'>): NetworkPolicy {
  const ingress = rules.ingress === undefined ? [] : ['Ingress' as const];
  const egress = rules.egress === undefined ? [] : ['Egress' as const];
  const podSelector = { matchLabels: { app } };
  const policyTypes = [...ingress, ...egress];
  return { metadata: { name: 'policy', namespace: 'rag' }, spec: { podSelector, policyTypes, ...rules } };
}

/** A policy that opens nothing. */
export const closed = (app: App) => policyFor(app, { ingress: [], egress: [] });

/** A pod, as a peer of a rule. */
export const to = (app: App) => [{ podSelector: { matchLabels: { app } } }];

/** A node with three pods and somebody outside, each in a network of its own, and all ready to answer at 8000 and 8001. */
export class GuardedNode {
  readonly node: Network;
  /** The api, redis and another, at {@link podAddresses}. */
  readonly pods: readonly [Network, Network, Network];
  /** At the addresses of the outsider and of its neighbour. */
  readonly outside: Network;

  private constructor(node: Network, pods: readonly [Network, Network, Network], outside: Network) {
    this.node = node;
    this.pods = pods;
    this.outside = outside;
  }

  /** It needs root. @throws when nft or ip is missing, with how to get them. */
  static async start(): Promise<GuardedNode> {
    const find = () => (['nft', 'ip'].every((program) => onPath(program)) ? true : undefined);
    const missing = 'nft and ip are needed: on Debian, apt install nftables iproute2';
    await foundOrInstalled(find, ['nftables', 'iproute2'], missing);
    const make = () => Network.make();
    const started = new GuardedNode(await make(), [await make(), await make(), await make()], await make());
    const { node, pods, outside } = started;
    await node.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    for (const [index, address] of podAddresses.entries()) {
      await connectTo(node, pods[index] ?? outside, `veth${index}`, [address]);
    }
    await connectTo(node, outside, 'eth0', [outsider.address, neighbour]);
    for (const network of started.#networks) {
      for (const port of [8000, 8001]) await network.tell('listen', port);
      await network.tell('answer', 8000);
    }
    return started;
  }

  /**
   * Puts policies in force.
   *
   * @param objects By default the three pods in one namespace, without a policy.
   * @param known Addresses of pods that the node knows; all by default.
   */
  async load(objects: Partial<Objects>, known: readonly string[] = podAddresses): Promise<void> {
    const namespaces = [{ metadata: { name: 'rag' } }];
    const all = { pods: apps.map((app) => podOf(app)), namespaces, policies: [], ...objects };
    const owners = new Map(known.map((address) => [address, address]));
    await this.node.run(['nft', '--file', '-'], ruleset(all, owners));
  }

  /** Ends all. */
  async end(): Promise<void> {
    await Promise.all(this.#networks.map((network) => network.end()));
  }

  get #networks(): readonly Network[] {
    return [this.node, ...this.pods, this.outside];
  }
}
