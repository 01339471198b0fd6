import { describe, expect, it } from 'vitest';
import type { NetworkPolicy, Objects, Pod } from './objects.ts';
import { ruleset } from './ruleset.ts';

const namespaces = [
  { metadata: { name: 'rag', labels: { team: 'rag' } } },
  { metadata: { name: 'edge', labels: { team: 'edge' } } },
];

function pod(name: string, namespace: string, port: number, portName = 'http'): Pod {
  return {
    metadata: { name, namespace, uid: `uid-of-${name}`, labels: { app: name } },
    spec: { containers: [{ ports: [{ name: portName, containerPort: port }] }] },
  };
}

const api = pod('api', 'rag', 8000);
const redis = pod('redis', 'rag', 6379, 'redis');
const gateway = pod('gateway', 'edge', 8080);
const owners = new Map([
  ['198.18.4.2', 'uid-of-api'],
  ['198.18.4.3', 'uid-of-redis'],
  ['198.18.4.4', 'uid-of-gateway'],
]);

/** A policy for the pod api. */
function policy(spec: Partial<NetworkPolicy['spec']>): NetworkPolicy {
  const podSelector = { matchLabels: { app: 'api' } };
  return { metadata: { name: 'p', namespace: 'rag' }, spec: { podSelector, policyTypes: ['Ingress'], ...spec } };
}

/** The rules of the chain of the pod api, but for those that every chain has; `undefined` where nothing guards it. */
function rulesOf(direction: 'ingress' | 'egress', objects: Partial<Objects>): string[] | undefined {
  const text = ruleset({ pods: [api, redis, gateway], namespaces, policies: [], ...objects }, owners);
  const name = `${direction}-198.18.4.2`;
  const [, chain] = new RegExp(`^chain ${name} {\n([^}]*)\n}$`, 'm').exec(text) ?? [];
  // Whoever has a chain is led to it.
  expect(text.includes(`198.18.4.2 : jump ${name}`)).toBe(chain !== undefined);
  if (chain === undefined) return undefined;
  const [itself, ...rules] = chain.split('\n');
  expect(itself).toBe(`ct ${direction === 'ingress' ? 'original' : 'reply'} ip saddr 198.18.4.2 return`);
  expect(rules.pop()).toBe('counter drop comment "rag/api"');
  return rules;
}

const ingress = (...rules: NonNullable<NetworkPolicy['spec']['ingress']>) =>
  rulesOf('ingress', { policies: [policy({ policyTypes: ['Ingress'], ingress: rules })] });
const egress = (...rules: NonNullable<NetworkPolicy['spec']['egress']>) =>
  rulesOf('egress', { policies: [policy({ policyTypes: ['Egress'], egress: rules })] });

/** Addresses whose pods are known. */
const knownTo = (text: string) => /^set pods {\ntype ipv4_addr\n(?:elements = { (.*) }\n)?}$/m.exec(text)?.[1];

describe('an address', () => {
  it('is known when the node has given it to a pod that the API server knows', () => {
    const objects = { namespaces, policies: [] };
    expect(knownTo(ruleset({ ...objects, pods: [redis, api] }, owners))).toBe('198.18.4.2, 198.18.4.3');
    expect(knownTo(ruleset({ ...objects, pods: [api] }, new Map()))).toBeUndefined();
  });
});

describe('a pod', () => {
  it('is free where no policy selects it', () => {
    const policies = [policy({ podSelector: { matchLabels: { app: 'redis' } } })];
    expect(rulesOf('ingress', { policies })).toBeUndefined();
    const elsewhere = [{ ...policy({}), metadata: { name: 'p', namespace: 'edge' } }];
    expect(rulesOf('ingress', { policies: elsewhere })).toBeUndefined();
  });

  it('is closed in the directions that a policy names', () => {
    expect(rulesOf('ingress', { policies: [policy({ policyTypes: ['Ingress'] })] })).toEqual([]);
    expect(rulesOf('egress', { policies: [policy({ policyTypes: ['Ingress'], egress: [{}] })] })).toBeUndefined();
    expect(rulesOf('egress', { policies: [policy({ policyTypes: ['Egress'] })] })).toEqual([]);
    expect(rulesOf('ingress', { policies: [policy({ policyTypes: ['Egress'], ingress: [{}] })] })).toBeUndefined();
  });

  it('has what any of its policies opens, once', () => {
    const one = policy({ ingress: [{ ports: [{ protocol: 'TCP' }] }] });
    const other = policy({ ingress: [{ ports: [{ protocol: 'UDP' }] }] });
    const rules = ['ct original protocol tcp return', 'ct original protocol udp return'];
    expect(rulesOf('ingress', { policies: [one, other, one] })).toEqual(rules);
  });
});

describe('a rule', () => {
  it('that says nothing opens all', () => {
    expect(ingress({})).toEqual(['return']);
    expect(egress({ to: [], ports: [] })).toEqual(['return']);
  });

  it('finds pods by their labels in its own namespace', () => {
    expect(ingress({ from: [{ podSelector: { matchLabels: { app: 'redis' } } }] })).toEqual([
      'ct original ip saddr 198.18.4.3 return',
    ]);
    expect(ingress({ from: [{ podSelector: { matchLabels: { app: 'gateway' } } }] })).toEqual([]);
    expect(egress({ to: [{ podSelector: { matchLabels: { app: 'redis' } } }] })).toEqual([
      'ct reply ip saddr 198.18.4.3 return',
    ]);
  });

  it('finds pods in the namespaces that it selects, by both selectors where it has two', () => {
    const edge = { matchLabels: { team: 'edge' } };
    expect(ingress({ from: [{ namespaceSelector: edge }] })).toEqual(['ct original ip saddr 198.18.4.4 return']);
    expect(ingress({ from: [{ namespaceSelector: edge, podSelector: { matchLabels: { app: 'api' } } }] })).toEqual([]);
    expect(ingress({ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'redis' } } }] })).toEqual([
      'ct original ip saddr 198.18.4.3 return',
    ]);
  });

  it('takes ranges of addresses with exceptions, which may be within each other', () => {
    const ipBlock = { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '10.1.0.0/16'] };
    expect(egress({ to: [{ ipBlock }] })).toEqual([
      'ct reply ip saddr 0.0.0.0/0 ct reply ip saddr != 10.0.0.0/8 ct reply ip saddr != 10.1.0.0/16 return',
    ]);
    expect(egress({ to: [{ ipBlock: { cidr: '::/0', except: ['fc00::/7'] } }] })).toEqual([]);
  });

  it('takes ports by number, by range and by protocol', () => {
    const ports = [{ port: 53, protocol: 'UDP' }, { port: 8000, endPort: 8010 }, { protocol: 'SCTP' }] as const;
    expect(ingress({ ports })).toEqual([
      'ct original protocol udp ct reply proto-src 53 return',
      'ct original protocol tcp ct reply proto-src 8000-8010 return',
      'ct original protocol sctp return',
    ]);
  });

  it('takes a name as the port that the pod which is connected to gives it', () => {
    const named = (address: string, port: number) =>
      `ct reply ip saddr ${address} ct original protocol tcp ct reply proto-src ${port} return`;
    expect(ingress({ ports: [{ port: 'http' }] })).toEqual([named('198.18.4.2', 8000)]);
    expect(ingress({ ports: [{ port: 'redis' }] })).toEqual([]);
    expect(ingress({ ports: [{ port: 'http', protocol: 'UDP' }] })).toEqual([]);
    expect(egress({ ports: [{ port: 'http' }] })).toEqual([named('198.18.4.2', 8000), named('198.18.4.4', 8080)]);
    expect(egress({ to: [{ namespaceSelector: {} }], ports: [{ port: 'redis' }] })).toEqual([
      `ct reply ip saddr 198.18.4.3 ${named('198.18.4.3', 6379)}`,
    ]);
  });

  it('takes the name of a port of a sidecar, but of no container that only runs before', () => {
    const ports = [{ name: 'before', containerPort: 1 }];
    const rules = (container: object) => {
      const pods = [{ ...api, spec: { containers: [], initContainers: [{ ports, ...container }] } }];
      return rulesOf('ingress', { pods, policies: [policy({ ingress: [{ ports: [{ port: 'before' }] }] })] });
    };
    expect(rules({ restartPolicy: 'Always' })).toHaveLength(1);
    expect(rules({})).toEqual([]);
  });
});
