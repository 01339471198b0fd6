import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { NetworkPolicy } from '../../tools/cluster/network-policies/objects.ts';
import { until } from '../processes.ts';
import { closed, GuardedNode, neighbour, podOf, policyFor, to } from './guarded-node.ts';
import { endsOf, objects, outsider, podAddresses } from './network-policy-arbitrary.ts';
import { isAllowed } from './network-policy-semantics.ts';
import { gateway, type Network } from './packet-lab.ts';

// What the kernel does with the rules: real packets between networks that are connected as pods are.

const [apiAddress = '', redisAddress = '', otherAddress = ''] = podAddresses;

let guarded: GuardedNode;
let node: Network;
let api: Network;
let redis: Network;
let other: Network;
let outside: Network;

beforeAll(async () => {
  guarded = await GuardedNode.start();
  ({ node, outside } = guarded);
  [api, redis, other] = guarded.pods;
});
afterAll(() => guarded.end());
beforeEach(() => load([]));

const load = (policies: readonly NetworkPolicy[], known?: readonly string[]) => guarded.load({ policies }, known);

/** Which of these connections come about. */
async function connect(...attempts: readonly (readonly [from: Network, host: string, port?: number])[]) {
  return Promise.all(attempts.map(([from, host, port = 8000]) => from.tell('connects', host, port)));
}

test('where there is no policy, everybody connects', async () => {
  const attempts = [api, redis, outside, node].flatMap((from) =>
    [apiAddress, redisAddress, outsider.address].map((host) => [from, host] as const),
  );
  expect(await connect(...attempts)).not.toContain(false);
});

test('a pod that is closed is reached by the node alone, and reaches itself', async () => {
  await load([closed('api')]);
  expect(await connect([node, apiAddress], [api, apiAddress])).toEqual([true, true]);
  expect(await connect([redis, apiAddress], [outside, apiAddress])).toEqual([false, false]);
  expect(await connect([api, redisAddress], [api, outsider.address], [api, gateway])).toEqual([false, false, false]);
  expect(await connect([redis, otherAddress])).toEqual([true]);
});

test('who may come in is answered, and is not called back', async () => {
  await load([policyFor('api', { ingress: [{ from: to('redis') }], egress: [] })]);
  expect(await connect([redis, apiAddress], [api, redisAddress], [other, apiAddress])).toEqual([true, false, false]);
});

test('both ends must let a connection pass', async () => {
  await load([policyFor('api', { egress: [{ to: to('redis') }] }), policyFor('redis', { ingress: [] })]);
  expect(await connect([api, redisAddress])).toEqual([false]);
  await load([policyFor('api', { egress: [] }), policyFor('redis', { ingress: [{ from: to('api') }] })]);
  expect(await connect([api, redisAddress])).toEqual([false]);
  await load([
    policyFor('api', { egress: [{ to: to('redis') }] }),
    policyFor('redis', { ingress: [{ from: to('api') }] }),
  ]);
  expect(await connect([api, redisAddress])).toEqual([true]);
});

test('a connection by the name of a port goes to the port that each pod gives it', async () => {
  await load([policyFor('api', { egress: [{ ports: [{ port: 'http' }] }] })]);
  expect(await connect([api, redisAddress, 8001], [api, redisAddress, 8000])).toEqual([true, false]);
  expect(await connect([api, otherAddress, 8001], [api, otherAddress, 8000])).toEqual([false, true]);
  expect(await connect([api, outsider.address])).toEqual([false]);
});

test('a range of addresses is open but for its exceptions', async () => {
  const ipBlock = { cidr: '203.0.113.0/24', except: ['203.0.113.128/25', '203.0.113.192/26'] };
  await load([policyFor('api', { ingress: [{ from: [{ ipBlock }] }], egress: [{ to: [{ ipBlock }] }] })]);
  expect(await connect([api, outsider.address], [api, neighbour])).toEqual([true, false]);
  const calls = [outsider.address, neighbour].map((from) => outside.tell('connects', apiAddress, 8000, from));
  expect(await Promise.all(calls)).toEqual([true, false]);
});

test('datagrams to an open port are answered, or refused where nobody listens', async () => {
  const ports = [8000, 8001].map((port) => ({ protocol: 'UDP', port }) as const);
  await load([policyFor('api', { ingress: [], egress: [{ to: to('redis'), ports }] })]);
  expect(await api.tell('ask', redisAddress, 8000)).toBe('answer');
  expect(await api.tell('ask', redisAddress, 8001)).toBe('refusal');
  expect(await api.tell('ask', redisAddress, 8002)).toBe('nothing');
  expect(await connect([api, redisAddress])).toEqual([false]);
});

test('the node is open to a pod by its address', async () => {
  await load([
    policyFor('api', { egress: [{ to: [{ ipBlock: { cidr: `${gateway}/32` } }], ports: [{ port: 8001 }] }] }),
  ]);
  expect(await connect([api, gateway, 8001], [api, gateway, 8000])).toEqual([true, false]);
});

describe('a Service', () => {
  const [service, itself] = ['198.18.8.10', '198.18.8.11'];
  const services = `table ip services {
    chain prerouting {
      type nat hook prerouting priority dstnat;
      ip daddr ${service} tcp dport 80 dnat to ${redisAddress}:8001
      ip daddr ${itself} tcp dport 80 dnat to ${apiAddress}:8000
    }
    chain postrouting {
      type nat hook postrouting priority srcnat;
      ip saddr ${apiAddress} ip daddr ${apiAddress} masquerade
    }
  }`;
  beforeAll(() => node.run(['nft', '--file', '-'], services));
  afterAll(() => node.run(['nft', 'delete', 'table', 'ip', 'services']));

  test('is reached by whoever may connect to its pods, at their port', async () => {
    await load([policyFor('api', { egress: [{ to: to('redis'), ports: [{ port: 8001 }] }] })]);
    expect(await connect([api, service, 80])).toEqual([true]);
    await load([policyFor('api', { egress: [{ to: to('redis'), ports: [{ port: 80 }] }] })]);
    expect(await connect([api, service, 80])).toEqual([false]);
  });

  test('leads a pod to itself though it is closed', async () => {
    await load([closed('api')]);
    expect(await connect([api, itself, 80])).toEqual([true]);
  });
});

test.each([
  ['a pod', redisAddress],
  ['the node', gateway],
])('a connection to %s is cut both ways by a new policy, and goes on when that is gone', async (_, address) => {
  await api.tell('converse', address, 8000);
  onTestFinished(() => api.tell('hangUp'));
  const server = address === gateway ? node : redis;
  const heard = () => Promise.all([api.tell('heard'), server.tell('heard')]);
  const bothHearMore = async (since: readonly number[]) =>
    (await heard()).every((now, each) => now > (since[each] ?? 0));
  const before = await heard();
  await until('both talk', () => bothHearMore(before));
  await load([policyFor('api', { egress: [] })]);
  // What came before is heard by then.
  await sleep(100);
  const then = await heard();
  await sleep(300);
  expect(await heard()).toEqual(then);
  await load([]);
  await until('both talk again', () => bothHearMore(then));
});

test('an address whose pod is not known yet is closed', async () => {
  await load([], [redisAddress, otherAddress]);
  expect(await connect([api, redisAddress], [api, gateway])).toEqual([false, false]);
  expect(await connect([redis, apiAddress], [node, apiAddress])).toEqual([false, false]);
  const before = await api.tell('heard');
  expect(await redis.tell('ask', apiAddress, 8000)).toBe('nothing');
  expect(await api.tell('heard')).toBe(before);
  expect(await connect([redis, otherAddress])).toEqual([true]);
});

test('a pod with a name of the greatest length is guarded', async () => {
  const pods = [podOf('api', 'a'.repeat(253)), podOf('redis')];
  await guarded.load({ pods, policies: [closed('api')] });
  expect(await connect([redis, apiAddress])).toEqual([false]);
});

test('whatever the policies are, what they allow comes about and nothing else', async () => {
  for (const given of fc.sample(objects, { seed: 20_261_122, numRuns: 12 })) {
    await guarded.load(given);
    const networks = [api, redis, other, outside];
    const attempts = endsOf(given).flatMap((from, index) =>
      endsOf(given).flatMap((to) =>
        [8000, 8001].map((port) => ({ from, to, port, network: networks[index] ?? outside })),
      ),
    );
    const came = await connect(...attempts.map(({ network, to, port }) => [network, to.address, port] as const));
    const allowed = attempts.map((attempt) => isAllowed(given, { ...attempt, protocol: 'TCP' }));
    expect(came, JSON.stringify(given.policies)).toEqual(allowed);
  }
});
