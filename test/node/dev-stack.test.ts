import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseQuantity } from '../../infra/quantity.ts';
import { run, until, type Ended } from '../processes.ts';
import { clusterDoes, kubeconfig, kubectlOf } from './cluster-command.ts';

const namespace = 'ballast-dev';
const kubectl = kubectlOf(inject('kubectl'));
const inNamespace = (...args: readonly string[]) => kubectl.run(['--namespace', namespace, ...args]);

/** Runs a command of npm's for the node of the tests. */
function command(name: string, ...args: readonly string[]): Promise<Ended> {
  const path = `${process.env['PATH']}:${join(inject('kubectl'), '..')}`;
  const env = { KUBECONFIG: kubeconfig, PATH: path };
  return run(process.execPath, ['--no-warnings', `commands/${name}.ts`, ...args], { env });
}

const up = () => command('up', '--stack', 'dev', '--apply');

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

afterAll(async () => {
  await command('down', '--stack', 'dev');
});

describe('npm run up -- --stack dev', () => {
  test('brings every part up', () => {
    expect(first.stderr).toBe('');
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
    const { stdout } = await command('smoke', '--stack', 'dev', '--json');
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

describe('the stack on a node', () => {
  test('refuses a connection that has no edge, and takes one that has', async () => {
    const address = await inNamespace('get', 'pod', 'redis-0', '--output=jsonpath={.status.podIP}');
    await inNamespace('run', 'stranger', ...strangerOptions);
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
    const path = '--output=jsonpath={.items[0].status.containerStatuses[0].containerID}';
    const selector = '--selector=app.kubernetes.io/name=api';
    const container = (await inNamespace('get', 'pods', selector, path)).replace('containerd://', '');
    const begin = Date.now();
    for (const pid of processesOf(container)) process.kill(pid, 'SIGKILL');
    const ready =
      '--output=jsonpath={.items[0].status.containerStatuses[0].restartCount} {.items[0].status.containerStatuses[0].ready}';
    await until(
      'the API is ready again',
      async () => (await inNamespace('get', 'pods', selector, ready)) === '1 true',
      120_000,
    );
    console.log(`The API was ready ${((Date.now() - begin) / 1000).toFixed(1)} s after it was killed.`);
  });
});

interface Pod {
  readonly spec: {
    readonly containers: readonly { readonly resources: { readonly requests: Record<'cpu' | 'memory', string> } }[];
  };
}

/** What the node has for its storage class. */
const busybox = 'docker.io/library/busybox:1.35.0';

/** A pod that Pod Security lets in, and that no policy has an edge for. */
const strangerOptions = [
  `--image=${busybox}`,
  `--overrides=${JSON.stringify({
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'stranger',
          image: busybox,
          command: ['/bin/busybox', 'sleep', '1000000'],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
        },
      ],
    },
  })}`,
];

/** Processes of a container, as this machine numbers them: its ID is in the names of its cgroups. */
function processesOf(container: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}
