import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import { clusterSettings } from '../cluster.ts';
import type { Connection } from '../connection.ts';
import type { Workload } from '../workload.ts';
import { selectorLabels } from './labels.ts';
import { networkPolicySpec, type NetworkPolicySpec } from './network-policy.ts';

const cluster = clusterSettings.parse({});
const dnsPorts = [
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
];
const dnsPods = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
};
const dns = [
  { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: dnsPorts },
  { to: [dnsPods], ports: dnsPorts },
];

const specOf = (name: string, all: readonly Workload[], edges = {}): NetworkPolicySpec => {
  const found = all.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return networkPolicySpec(found, all, { ...cluster, ...edges });
};
const egressOf = (connection: Connection) => specOf('a', [workload('a', { connections: [connection] })]).egress ?? [];
const withoutDns = (connection: Connection) =>
  egressOf(connection).filter((rule) => rule.ports?.every(({ port }) => port !== 53));
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP', port }));
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });

describe('a network policy', () => {
  it('denies both ways, DNS too, to a workload that nobody calls and that calls nobody', () => {
    expect(specOf('a', [workload('a'), workload('b')])).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'a', 'app.kubernetes.io/part-of': 'ballast' } },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('opens an edge at both ends, on the number of the named port, and DNS at the end that calls', () => {
    const b = workload('b', {
      containers: [container(), container({ name: 'x', ports: [{ name: 'm', number: 9121 }] })],
    });
    const all = [workload('a', { connections: [{ to: 'workload', workload: 'b', port: 'm' }] }), b];
    expect(specOf('a', all).egress).toEqual([
      ...dns,
      { to: [{ podSelector: { matchLabels: selectorLabels('b') } }], ports: tcp(9121) },
    ]);
    expect(specOf('a', all).ingress).toBeUndefined();
    expect(specOf('b', all).ingress).toEqual([
      { from: [{ podSelector: { matchLabels: selectorLabels('a') } }], ports: tcp(9121) },
    ]);
    expect(specOf('b', all).egress).toBeUndefined();
  });

  it('lets copies of one workload call each other', () => {
    const ports = [{ name: 'peer', number: 6335, peersOnly: true }];
    const connections: Connection[] = [{ to: 'workload', workload: 'a', port: 'peer' }];
    const spec = specOf('a', [workload('a', { containers: [container({ ports })], connections })]);
    const self = [{ podSelector: { matchLabels: selectorLabels('a') } }];
    expect(spec.ingress).toEqual([{ from: self, ports: tcp(6335) }]);
    expect(spec.egress).toContainEqual({ to: self, ports: tcp(6335) });
  });

  it('keeps the protocol of a port', () => {
    const ports = [{ name: 'syslog', number: 514, protocol: 'UDP' as const }];
    const all = [
      workload('a', { connections: [{ to: 'workload', workload: 'b', port: 'syslog' }] }),
      workload('b', { containers: [container({ ports })] }),
    ];
    expect(specOf('b', all).ingress?.[0]?.ports).toEqual([{ protocol: 'UDP', port: 514 }]);
  });

  it('selects a namespace by the label that every namespace has', () => {
    expect(withoutDns({ to: 'namespace', namespace: 'databases', ports: [5432] })).toEqual([
      { to: [inNamespace('databases')], ports: tcp(5432) },
    ]);
  });

  it('reaches the API server where the configuration says it is', () => {
    expect(withoutDns({ to: 'kubernetes-api' })).toEqual([
      { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: tcp(443, 6443) },
    ]);
    const all = [workload('a', { connections: [{ to: 'kubernetes-api' }] })];
    const apiServer = { cidrs: ['10.96.0.1/32', '192.0.2.7/32'], ports: [6443] };
    expect(specOf('a', all, { apiServer }).egress).toContainEqual({
      to: [{ ipBlock: { cidr: '10.96.0.1/32' } }, { ipBlock: { cidr: '192.0.2.7/32' } }],
      ports: tcp(6443),
    });
  });

  it('reaches addresses on their ports', () => {
    expect(withoutDns({ to: 'addresses', cidrs: ['10.1.2.0/24', 'fd00::/64'], ports: [6380, 6379] })).toEqual([
      { to: [{ ipBlock: { cidr: '10.1.2.0/24' } }, { ipBlock: { cidr: 'fd00::/64' } }], ports: tcp(6379, 6380) },
    ]);
  });

  it('reaches the internet on 443 without private ranges and without metadata addresses', () => {
    const rules = withoutDns({ to: 'internet' });
    expect(rules.map(({ ports }) => ports)).toEqual([tcp(443)]);
    expect(rules[0]?.to).toEqual([
      {
        ipBlock: {
          cidr: '0.0.0.0/0',
          except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '192.0.0.0/24'],
        },
      },
      { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
    ]);
  });

  it('admits another namespace and addresses from outside on the named port only', () => {
    const admits = [
      { namespace: 'gateways', port: 'http' },
      { cidrs: ['130.211.0.0/22'], port: 'http' },
    ];
    const containers = [container(), container({ name: 'x', ports: [{ name: 'metrics', number: 9 }] })] as const;
    expect(specOf('a', [workload('a', { admits, containers })]).ingress).toEqual([
      { from: [{ ipBlock: { cidr: '130.211.0.0/22' } }], ports: tcp(80) },
      { from: [inNamespace('gateways')], ports: tcp(80) },
    ]);
  });

  it("admits the operator's Prometheus to ports with metrics, where it scrapes", () => {
    const ports = [
      { name: 'http', number: 80 },
      { name: 'metrics', number: 9, metrics: {} },
    ];
    const all = [workload('a', { containers: [container({ ports })] })];
    expect(specOf('a', all).ingress).toBeUndefined();
    expect(specOf('a', all, { scrapedFrom: 'monitoring' }).ingress).toEqual([
      { from: [inNamespace('monitoring')], ports: tcp(9) },
    ]);
  });

  it("asks another cluster's DNS where the configuration says it is", () => {
    const elsewhere = { namespace: 'openshift-dns', labels: { dns: 'default' }, addresses: [], ports: [5353] };
    const all = [workload('a', { connections: [{ to: 'internet' }] })];
    const rules = specOf('a', all, { dns: elsewhere }).egress ?? [];
    expect(rules).toHaveLength(2);
    expect(rules).toContainEqual({
      to: [{ ...inNamespace('openshift-dns'), podSelector: { matchLabels: { dns: 'default' } } }],
      ports: [
        { protocol: 'TCP', port: 5353 },
        { protocol: 'UDP', port: 5353 },
      ],
    });
  });
});

describe('a connection that leads nowhere', () => {
  const failing = (connection: Connection) => () =>
    specOf('a', [
      workload('a', { connections: [connection] }),
      workload('b', { containers: [container({ ports: [{ name: 'peer', number: 1, peersOnly: true }] })] }),
    ]);

  it('names the unknown workload and those that there are', () => {
    expect(failing({ to: 'workload', workload: 'bb', port: 'http' })).toThrow(
      'a connects to "bb", which is no workload of this stack; there are a, b',
    );
  });

  it('names the unknown port and those that there are', () => {
    expect(failing({ to: 'workload', workload: 'a', port: 'grpc' })).toThrow(
      'a connects to port "grpc" of a, which has no such port; there are http',
    );
  });

  it('is refused at the called end, too', () => {
    const all = [workload('a', { connections: [{ to: 'workload', workload: 'b', port: 'grpc' }] }), workload('b')];
    expect(() => specOf('b', all)).toThrow('a connects to port "grpc" of b, which has no such port; there are http');
  });

  it('is refused to a port for the own copies of another workload', () => {
    expect(failing({ to: 'workload', workload: 'b', port: 'peer' })).toThrow(
      `a connects to port "peer" of b, which is for b's own copies`,
    );
  });

  it('is refused without addresses or without ports, which a policy would take for all', () => {
    const sentence = 'a has a connection without an address or without a port';
    expect(failing({ to: 'addresses', cidrs: [], ports: [80] })).toThrow(sentence);
    expect(failing({ to: 'namespace', namespace: 'x', ports: [] })).toThrow(sentence);
  });

  it('names the unknown port that a workload admits callers to', () => {
    const admits = [{ namespace: 'x', port: 'grpc' }];
    expect(() => specOf('a', [workload('a', { admits })])).toThrow(
      'a admits callers to port "grpc" of a, which has no such port; there are http',
    );
  });
});
