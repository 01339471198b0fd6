import { beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../processes.ts';
import { cluster, clusterDoes, kubectlOf } from './cluster-command.ts';
import { networkNamespaces, traces, type Traces } from './traces.ts';

const kubectl = kubectlOf(inject('kubectl'));

/** A pod that nothing is forbidden to by Pod Security, of an image that the node has for its storage class. */
const keeper = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'keeper', namespace: 'default' },
  spec: {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_534,
      fsGroup: 65_534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'keeper',
        image: 'docker.io/library/busybox:1.35.0',
        command: ['/bin/busybox', 'sleep', '1000000'],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'kept', mountPath: '/kept' }],
      },
    ],
    volumes: [{ name: 'kept', persistentVolumeClaim: { claimName: 'kept' } }],
  },
};

const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'kept', namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
};

const inKeeper = (...command: readonly string[]) => kubectl.run(['exec', 'keeper', '--', '/bin/busybox', ...command]);

let known: ReadonlySet<string>;
let before: Traces;

beforeAll(async () => {
  await clusterDoes('reset'); // Another file has left it running.
  known = networkNamespaces();
  before = traces(known);
  console.log(await clusterDoes('up'));
});

describe('npm run cluster -- up', () => {
  test('gives a node of which every part is well, and says what enforces network policies', async () => {
    const { code, stdout } = await cluster('status');
    expect(stdout).not.toMatch(/not well/);
    expect(stdout).toMatch(/^network-policies +well +process \d+: a small enforcer for tests/m);
    expect(code).toBe(0);
  });

  test('is safe to repeat: the same processes go on', async () => {
    const processes = async () => (await clusterDoes('status')).match(/process \d+/g);
    const first = await processes();
    await clusterDoes('up');
    expect(await processes()).toEqual(first);
    expect(first).toHaveLength(8);
  });

  test('gives pods volumes, names and no way to anywhere else', async () => {
    await kubectl.run(
      ['apply', '--filename=-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [claim, keeper] }),
    );
    await kubectl.run(['wait', '--for=condition=Ready', 'pod/keeper', '--timeout=60s']);
    await inKeeper('sh', '-c', 'echo kept >/kept/word');
    expect(await inKeeper('nslookup', 'kubernetes.default.svc.cluster.local')).toMatch(/Address: 198\.19\.8\.1$/m);
    expect(await inKeeper('sh', '-c', 'nslookup example.com || true')).toMatch(/NXDOMAIN/);
    // An address of documentation, which nobody has: there is a route to the machine, and none from there.
    await expect(inKeeper('nc', '-w', '2', '192.0.2.1', '80')).rejects.toThrow(/timed out|unreachable/);
  });

  test('measures pods', async () => {
    const path = '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/keeper';
    const memory = async () => {
      const { containers } = JSON.parse(await kubectl.run(['get', '--raw', path])) as {
        containers: { usage: { memory: string } }[];
      };
      return containers[0]?.usage.memory;
    };
    await until('the pod is measured', async () => (await memory().catch(() => undefined)) !== undefined, 90_000);
    expect(await memory()).toMatch(/^\d+Ki$/);
  });
});

describe('npm run cluster -- down', () => {
  test('leaves nothing on the machine but files, and what was stored is there after the next up', async () => {
    expect(traces(known)).not.toEqual(before);
    await clusterDoes('down');
    expect(traces(known)).toEqual(before);
    const { code, stderr } = await cluster('status');
    expect([code, stderr]).toEqual([3, 'The node does not run: npm run cluster -- up starts it.\n']);

    console.log(await clusterDoes('up'));
    await kubectl.run(['wait', '--for=condition=Ready', 'pod/keeper', '--timeout=60s']);
    expect(await inKeeper('cat', '/kept/word')).toBe('kept');
    const restarts = '--output=jsonpath={.status.containerStatuses[0].restartCount}';
    expect(await kubectl.run(['get', 'pod', 'keeper', restarts])).toBe('1');
  });

  test('is safe to repeat', async () => {
    await clusterDoes('down');
    await clusterDoes('down');
    expect(traces(known)).toEqual(before);
  });
});

describe('npm run cluster -- reset', () => {
  test('forgets what was stored', async () => {
    await clusterDoes('reset');
    await clusterDoes('up');
    expect(await kubectl.run(['get', 'pods,persistentvolumes'])).toBe('');
  });
});

describe('a wrong command', () => {
  test.each([
    [[], 'npm run cluster -- takes one of up, down, reset, status, load, not nothing.\n'],
    [['begin'], 'npm run cluster -- takes one of up, down, reset, status, load, not begin.\n'],
    [['down', 'now'], 'npm run cluster -- down takes nothing more: now\n'],
  ])('%j says what is allowed', async (args, sentence) => {
    const { code, stderr } = await cluster(...args);
    expect([code, stderr]).toEqual([1, sentence]);
  });
});
