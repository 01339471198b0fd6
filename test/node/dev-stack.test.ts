import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseQuantity } from '../../infra/quantity.ts';
import { run, until, type Ended } from '../processes.ts';
import { addresses, kubeconfig } from '../../tools/cluster/layout.ts';
import { clusterDoes, kubectlOf } from './cluster-command.ts';
import { processesOf } from './container-processes.ts';
import { busybox, strangerOptions } from './stranger.ts';

const namespace = 'ballast-dev';
const kubectl = kubectlOf(inject('kubectl'));
const inNamespace = (...args: readonly string[]) => kubectl.run(['--namespace', namespace, ...args]);

const command = (name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  run(process.execPath, ['--no-warnings', `commands/${name}.ts`, ...args], { env });

/** Programs that make images are on the PATH of this machine. */
const withPrograms = {
  KUBECONFIG: kubeconfig,
  PATH: `${process.env['PATH']}:${dirname(inject('kubectl'))}`,
};
const up = () => command('up', ['--stack', 'dev', '--apply'], withPrograms);

/** Runs a command as somebody who has no kubeconfig, and no program but kubectl. */
const bare = (name: string, ...args: readonly string[]) =>
  command(name, args, { KUBECONFIG: '', HOME: home, PATH: dirname(inject('kubectl')) });
const home = mkdtempSync(join(tmpdir(), 'ballast-home-'));

/** What Prometheus answers, asked through the API server. */
async function metric(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const service = `/api/v1/namespaces/${namespace}/services/http:prometheus:9090/proxy`;
  const answer = await kubectl.run(['get', '--raw', `${service}/api/v1/query?query=${encodeURIComponent(query)}`]);
  return (JSON.parse(answer) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } })
    .data.result;
}

let first: Ended;

beforeAll(async () => {
  await clusterDoes('up');
  const begin = Date.now();
  first = await up();
  console.log(`${first.stdout}\nThe stack dev was ready after ${Math.round((Date.now() - begin) / 1000)} s.`);
});

afterAll(() => rmSync(home, { recursive: true }));

describe('npm run up -- --stack dev', () => {
  test('brings every part up', () => {
    expect(first.stdout).toMatch(/^12\d objects created, 0 changed, 0 unchanged\.$/m);
    expect(first.code).toBe(0);
  });

  test('changes nothing the second time', async () => {
    const { code, stdout } = await up();
    expect(stdout).toMatch(/^0 objects created, 0 changed, 12\d unchanged\.$/m);
    expect(code).toBe(0);
  });

  test('reserves no more than a small node has: 1.5 processors and 4 GiB', async () => {
    const { items } = await kubectl.json<{ items: Pod[] }>(['get', 'pods', '--namespace', namespace]);
    const requests = items.flatMap(({ spec }) => spec.containers.map(({ resources }) => resources.requests));
    const sum = (name: 'cpu' | 'memory') => requests.reduce((all, each) => all + parseQuantity(each[name]), 0);
    console.log(
      `The pods of dev request ${sum('cpu').toFixed(2)} processors and ${(sum('memory') / 2 ** 30).toFixed(2)} GiB.`,
    );
    expect(sum('cpu')).toBeLessThanOrEqual(1.5);
    expect(sum('memory')).toBeLessThanOrEqual(4 * 2 ** 30);
  });

  test('gives an API that stores documents and answers questions with them', async () => {
    const { stdout } = await bare('smoke', '--stack', 'dev', '--json');
    const { endpoints } = JSON.parse(stdout) as { endpoints: { endpoint: string; result: string; evidence: string }[] };
    // Without a key of a provider no model answers, so the service is not all well, and answers from the documents.
    expect(endpoints.filter(({ result }) => result !== 'ok').map(({ endpoint }) => endpoint)).toEqual([
      'GET /ready?strict=1',
    ]);
    expect(endpoints.find(({ endpoint }) => endpoint === 'POST /query')?.evidence).toMatch(/^cites smoke-/);
  });

  test('has its Prometheus read every part', async () => {
    await until(
      'all targets are read',
      async () => (await metric('up')).length > 10 && (await metric('up == 0')).length === 0,
      90_000,
    );
    const jobs = (await metric('up')).map(({ metric: { job } }) => job);
    // MLflow has no metrics.
    expect([...new Set(jobs)].sort()).toEqual([
      'alertmanager',
      'alloy',
      'api',
      'grafana',
      'jaeger',
      'kube-state-metrics',
      'litellm',
      'loki',
      'otel-collector',
      'prometheus',
      'qdrant',
      'redis',
      'tei',
    ]);
  });
});

test('npm run doctor -- --stack dev finds the node without a kubeconfig, and misses no Pulumi there', async () => {
  const { code, stdout } = await bare('doctor', '--stack', 'dev');
  expect(stdout).toContain(`The stack dev goes to https://${addresses.node}:`);
  expect(stdout).toMatch(/^ok +storage classes$/m);
  expect(stdout).not.toMatch(/MISSING|Pulumi CLI/);
  expect(code).toBe(0);
});

describe('the stack on a node', () => {
  test('refuses a connection that has no edge, and takes one that has', async () => {
    const address = await inNamespace('get', 'pod', 'redis-0', '--output=jsonpath={.status.podIP}');
    await inNamespace('run', 'stranger', ...strangerOptions(busybox, ['/bin/busybox', 'sleep', '1000000']));
    await inNamespace('wait', '--for=condition=Ready', 'pod/stranger', '--timeout=60s');
    const connect = (pod: string, ...program: readonly string[]) => inNamespace('exec', pod, '--', ...program);
    await expect(connect('stranger', '/bin/busybox', 'nc', '-w', '2', address, '6379')).rejects.toThrow(/timed out/);
    const script = `require('net').connect(6379,'${address}').on('connect',()=>{console.log('connected');process.exit()})`;
    expect(await connect('deployment/api', 'node', '--eval', script)).toBe('connected');
    await inNamespace('delete', 'pod', 'stranger', '--grace-period=0', '--force');
  });

  test('refuses a privileged pod', async () => {
    const privileged = { containers: [{ name: 'root', image: busybox, securityContext: { privileged: true } }] };
    const overrides = JSON.stringify({ spec: privileged });
    await expect(inNamespace('run', 'root', `--image=${busybox}`, `--overrides=${overrides}`)).rejects.toThrow(
      /violates PodSecurity "restricted:latest": privileged/,
    );
  });

  test('serves again after the process of the API was killed', async () => {
    const { containerID, restartCount } = await apiContainer();
    const begin = Date.now();
    for (const pid of processesOf(containerID.replace('containerd://', ''))) process.kill(pid, 'SIGKILL');
    await until(
      'the API is ready again',
      async () => {
        const now = await apiContainer();
        return now.restartCount === restartCount + 1 && now.ready;
      },
      120_000,
    );
    console.log(`The API was ready ${((Date.now() - begin) / 1000).toFixed(1)} s after it was killed.`);
  });
});

describe('npm run down -- --stack dev', () => {
  test('removes the namespace and its volumes', async () => {
    expect(await kubectl.run(['get', 'persistentvolumes'])).not.toBe('');
    const { code } = await bare('down', '--stack', 'dev');
    expect(code).toBe(0);
    expect(await kubectl.run(['get', 'namespace', namespace, '--ignore-not-found'])).toBe('');
    // The storage class deletes each in a pod of its own.
    await until('all volumes are gone', async () => (await kubectl.run(['get', 'persistentvolumes'])) === '', 120_000);
  }, 660_000);

  test('finds nothing the second time', async () => {
    const { code, stdout } = await bare('down', '--stack', 'dev');
    expect(stdout).toContain('Nothing of the stack dev is there.');
    expect(code).toBe(0);
  });
});

interface ContainerStatus {
  readonly containerID: string;
  readonly restartCount: number;
  readonly ready: boolean;
}

/** How the container of the API is. */
async function apiContainer(): Promise<ContainerStatus> {
  const container = '--output=jsonpath={.items[0].status.containerStatuses[0]}';
  return JSON.parse(
    await inNamespace('get', 'pods', '--selector=app.kubernetes.io/name=api', container),
  ) as ContainerStatus;
}

interface Pod {
  readonly spec: {
    readonly containers: readonly { readonly resources: { readonly requests: Record<'cpu' | 'memory', string> } }[];
  };
}
