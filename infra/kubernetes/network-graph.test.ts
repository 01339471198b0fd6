import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import { clusterSettings } from '../cluster.ts';
import type { Connection } from '../connection.ts';
import { workloadLabels } from './labels.ts';
import { networkPolicySpec, type NetworkPolicySpec } from './network-policy.ts';

const cluster = clusterSettings.parse({});

/** One packet's question to a set of policies, as Kubernetes defines them: out of one pod and into the other. */
interface Packet {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

const names = ['api', 'api-canary', 'qdrant', 'redis', 'tei', 'litellm'];
const ports = [
  { name: 'http', number: 8000 },
  { name: 'grpc', number: 6334 },
  { name: 'metrics', number: 9121 },
];
const edge = fc.record({
  from: fc.constantFrom(...names),
  to: fc.constantFrom(...names),
  port: fc.constantFrom(...ports),
});
/** All that is not an edge between two workloads, and must open nothing between them. */
const elsewhere = fc.constantFrom<Connection>(
  { to: 'namespace', namespace: 'databases', ports: [8000] },
  { to: 'addresses', cidrs: ['192.0.2.0/24'], ports: [8000] },
  { to: 'internet' },
);

/** Labels of a workload's pods, and of a pod in the namespace that is nobody's. */
const podLabels = (name: string) =>
  name === 'stranger' ? { app: 'stranger' } : workloadLabels(workload(name), 'prod');

type Rule = NonNullable<NetworkPolicySpec['egress']>[number];
type Peer = NonNullable<Rule['to']>[number];

const selects = (selector: Peer['podSelector'], name: string): boolean => {
  const labels: Record<string, string> = podLabels(name);
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
};

/** Whether the one end lets it out, and whether the other lets it in. */
function passes(policies: readonly NetworkPolicySpec[], { from, to, port }: Packet): [out: boolean, into: boolean] {
  const open = (rule: Pick<Rule, 'ports'>) => rule.ports?.some((each) => each.port === port);
  const out = policies
    .filter((policy) => selects(policy.podSelector, from))
    .flatMap(({ egress = [] }) => egress)
    .some((rule) => open(rule) && rule.to?.some((peer) => isPeer(peer, to)));
  const into = policies
    .filter((policy) => selects(policy.podSelector, to))
    .flatMap(({ ingress = [] }) => ingress)
    .some((rule) => open(rule) && rule.from?.some((peer) => isPeer(peer, from)));
  return [out, into];
}

/** Pods of the own namespace are selected only by peers without namespace and without addresses. */
const isPeer = (peer: Peer, name: string) =>
  peer.podSelector !== undefined && peer.namespaceSelector === undefined && selects(peer.podSelector, name);

describe('the policies of a stack', () => {
  it('let pass every edge in both policies, and nothing else', () => {
    const graph = fc.record({
      edges: fc.array(edge, { maxLength: 12 }),
      others: fc.array(elsewhere, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(graph, ({ edges, others }) => {
        const all = names.map((name) =>
          workload(name, {
            containers: [container({ ports })],
            connections: [
              ...edges
                .filter(({ from }) => from === name)
                .map(({ to, port }) => ({ to: 'workload', workload: to, port: port.name }) as const),
              ...others,
            ],
          }),
        );
        const policies = all.map((each) => networkPolicySpec(each, all, cluster));
        const wanted = new Set(edges.map(({ from, to, port }) => `${from} ${to} ${port.number}`));
        for (const from of [...names, 'stranger']) {
          for (const to of [...names, 'stranger']) {
            for (const port of [...ports.map(({ number }) => number), 443, 53]) {
              const question = `${from} ${to} ${port}`;
              const is = wanted.has(question);
              expect([question, ...passes(policies, { from, to, port })]).toEqual([question, is, is]);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('have the same text whatever the order of the parts', () => {
    const all = names.map((name) =>
      workload(name, {
        connections: names.map((to) => ({ to: 'workload', workload: to, port: 'http' }) as const),
      }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        for (const each of all) {
          expect(networkPolicySpec(each, shuffled, cluster)).toEqual(networkPolicySpec(each, all, cluster));
        }
      }),
      { numRuns: 20 },
    );
  });
});
