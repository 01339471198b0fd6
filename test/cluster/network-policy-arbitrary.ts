import fc from 'fast-check';
import type { NetworkPolicy, Objects, Peer, Pod, PolicyPort } from '../../tools/cluster/network-policies/objects.ts';
import type { End } from './network-policy-semantics.ts';

// Network policies of every form, few enough names, labels and ports that they often meet.

/** Addresses of the pods. */
export const podAddresses = ['198.18.4.2', '198.18.4.3', '198.18.4.130'];

/** An address that is no pod's. */
export const outsider: End = { address: '203.0.113.10' };

const namespaces = ['one', 'two'].map((name) => ({ metadata: { name, labels: { team: name } } }));
const namespace = fc.constantFrom('one', 'two');
const app = fc.constantFrom('web', 'store');
const port = fc.constantFrom(8000, 8001);
const protocol = fc.constantFrom('TCP' as const, 'UDP' as const);

const pod = (uid: string): fc.Arbitrary<Pod> =>
  fc
    .record({ namespace, labels: fc.record({ app }, { requiredKeys: [] }), containerPort: port, protocol })
    .map(({ namespace, labels, containerPort, protocol }) => ({
      metadata: { name: uid, namespace, uid, labels },
      spec: { containers: [{ ports: [{ name: 'http', containerPort, protocol }] }] },
    }));

const selector = (key: string, value: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.constant({}),
    value.map((each) => ({ matchLabels: { [key]: each } })),
    fc
      .record({ operator: fc.constantFrom('In' as const, 'NotIn' as const), value })
      .map(({ operator, value }) => ({ matchExpressions: [{ key, operator, values: [value] }] })),
    fc
      .constantFrom('Exists' as const, 'DoesNotExist' as const)
      .map((operator) => ({ matchExpressions: [{ key, operator }] })),
  );

const ipBlock = fc.constantFrom(
  { cidr: '0.0.0.0/0' },
  { cidr: '0.0.0.0/0', except: ['198.18.4.2/32', '198.18.0.0/21', '198.18.4.0/25'] },
  { cidr: '198.18.4.0/24', except: ['198.18.4.128/25'] },
  { cidr: '198.18.4.3/32' },
  { cidr: '203.0.112.0/20' },
  { cidr: '::/0', except: ['fc00::/7'] },
);

const peer: fc.Arbitrary<Peer> = fc.oneof(
  fc.record({ podSelector: selector('app', app) }),
  fc.record({ namespaceSelector: selector('team', namespace) }),
  fc.record({ podSelector: selector('app', app), namespaceSelector: selector('team', namespace) }),
  fc.record({ ipBlock }),
);

const policyPort: fc.Arbitrary<PolicyPort> = fc.oneof(
  fc.record({ protocol, port: fc.oneof(port, fc.constant('http')) }, { requiredKeys: [] }),
  fc.constant({ port: 7999, endPort: 8000 }),
);

const some = <T>(each: fc.Arbitrary<T>) => fc.array(each, { maxLength: 2 });

const policy: fc.Arbitrary<NetworkPolicy> = fc.record({
  metadata: fc.record({ name: fc.constant('policy'), namespace }),
  spec: fc.record(
    {
      podSelector: selector('app', app),
      policyTypes: fc.subarray(['Ingress' as const, 'Egress' as const], { minLength: 1 }),
      ingress: some(fc.record({ from: some(peer), ports: some(policyPort) }, { requiredKeys: [] })),
      egress: some(fc.record({ to: some(peer), ports: some(policyPort) }, { requiredKeys: [] })),
    },
    { requiredKeys: ['podSelector', 'policyTypes'] },
  ),
});

/** Pods at {@link podAddresses}, which are their uids too, with policies for them. */
export const objects: fc.Arbitrary<Objects> = fc.record({
  pods: fc.tuple(...podAddresses.map(pod)),
  namespaces: fc.constant(namespaces),
  policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
});

/** The ends that connections between pods and the outside have. */
export const endsOf = ({ pods }: Objects): End[] => [
  ...pods.map((pod) => ({ address: pod.metadata.uid, pod })),
  outsider,
];
