import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { Cluster } from '../../commands/doctor/cluster.ts';
import { freePort, root, run } from '../processes.ts';
import { writeProgram } from '../write-program.ts';
import type { KubernetesObject } from './api-server-objects.ts';
import { installCustomResourceDefinitions } from './api-server-crds.ts';
import { ApiServer } from './api-server.ts';

let server: ApiServer;
/** A folder that is the whole PATH. */
let programs: string;

beforeAll(async () => {
  server = await ApiServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'ballast-doctor-'));
  symlinkSync(inject('kubectl'), join(programs, 'kubectl'));
});
afterEach(() => rmSync(programs, { recursive: true, force: true }));

/** Puts a program on the PATH in place of the Pulumi CLI, whose state backend has these stacks. */
function havePulumi(stacks: readonly string[] = ['dev', 'prod'], more = ''): void {
  const listed = JSON.stringify(stacks.map((name) => ({ name, current: false })));
  const listing = `[ "$*" = 'stack ls --json --non-interactive --cwd ${root}' ]`;
  writeProgram(programs, 'pulumi', `${more}\n${listing} && echo '${listed}'`);
}

interface Report {
  readonly code: number | null;
  readonly stderr: string;
  /** What is said before the table. */
  readonly goesTo: string;
  /** What to do by what is not as it should be. */
  readonly warnings: Readonly<Record<string, string>>;
  /** What to do by what is missing. */
  readonly missing: Readonly<Record<string, string>>;
  readonly ok: readonly string[];
}

async function doctor(args: readonly string[], kubeconfig = server.kubeconfig): Promise<Report> {
  const command = join(root, 'commands', 'doctor.ts');
  const env = { PATH: programs, KUBECONFIG: kubeconfig, HOME: programs };
  const { code, stdout, stderr } = await run(process.execPath, ['--no-warnings', command, ...args], { env });
  const [before = '', table = ''] = stdout.includes('\n\n') ? stdout.split('\n\n') : ['', stdout];
  const rows = table.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
  const of = (state: string) => rows.filter(([first]) => first === state);
  const remedies = (state: string) => Object.fromEntries(of(state).map(([, what = '', todo = '']) => [what, todo]));
  return {
    code,
    stderr,
    goesTo: before,
    warnings: remedies('WARNING'),
    missing: remedies('MISSING'),
    ok: of('ok').map(([, what = '']) => what),
  };
}

/** Makes an object. */
async function make(object: KubernetesObject & object): Promise<void> {
  expect((await server.apply(object)).refusal).toBeUndefined();
}

/** Makes an object for the length of a test. */
async function only(object: KubernetesObject & object): Promise<void> {
  await make(object);
  const path = await server.pathOf(object);
  onTestFinished(async () => {
    await server.request('DELETE', path);
  });
}

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const storageClass = (name: string, isDefault: boolean) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
  provisioner: 'example.com/none',
});

const gateway = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'public', namespace: 'gateways' },
  spec: {
    gatewayClassName: 'some',
    listeners: [{ name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } }],
  },
};

const silentModels = (stack: string) => ({
  'credential deepinfra':
    'without it qwen, mistral, llama answer nothing: ' +
    `pulumi config set --secret --path 'ballast:credentials.deepinfra' --stack ${stack}`,
});

const noDefault = 'no storage class is the default: name one in storage.class of each part';

describe('the doctor for the stack dev', () => {
  test('names what a bare cluster and a bare machine lack, and what to do', async () => {
    const { code, missing, warnings, ok, stderr } = await doctor(['--stack', 'dev']);
    expect(missing).toEqual({
      'Pulumi CLI': 'install it: https://www.pulumi.com/docs/install/',
      'storage classes': noDefault,
    });
    expect(warnings).toEqual(silentModels('dev'));
    expect(ok).toEqual(['configuration', 'Kubernetes 1.30 or newer']);
    expect(stderr).toBe('2 of 5 checks failed for the stack dev.\n');
    expect(code).toBe(1);
  });

  test('takes no storage class for the default that is not marked so', async () => {
    havePulumi();
    await only(storageClass('local', false));
    expect((await doctor(['--stack', 'dev'])).missing).toEqual({ 'storage classes': noDefault });
  });

  test('finds nothing missing when all is there, and says where the stack goes', async () => {
    havePulumi();
    await only(storageClass('local', true));
    expect(await doctor(['--stack', 'dev'])).toEqual({
      code: 0,
      stderr: '',
      goesTo: `The stack dev goes to ${server.access.url}, the current context ballast-test of the kubeconfig.`,
      warnings: silentModels('dev'),
      missing: {},
      ok: ['configuration', 'Pulumi CLI', 'Kubernetes 1.30 or newer', 'storage classes'],
    });
  });
});

describe('the state of a stack', () => {
  const warning = async () => (await doctor(['--stack', 'dev'])).warnings['state of the stack'];

  test('is said to be lacking where Pulumi was never told to make one', async () => {
    havePulumi(['prod', 'my-dev']);
    expect(await warning()).toBe('the state backend has no such stack: pulumi stack init dev');
  });

  test('is there under the name of an organisation, too', async () => {
    havePulumi(['acme/prod', 'acme/dev']);
    expect(await warning()).toBeUndefined();
  });

  test('is not known where the state backend is not reached, which stops nothing', async () => {
    havePulumi([], 'echo warning: some >&2; echo error: no credentials >&2; exit 255');
    await only(storageClass('local', true));
    const { code, warnings } = await doctor(['--stack', 'dev']);
    expect(warnings['state of the stack']).toBe('it cannot be checked: error: no credentials');
    expect(code).toBe(0);
  });
});

describe('the doctor for the stack prod', () => {
  const credential = {
    'credential mlflowStoreUrl': "pulumi config set --secret --path 'ballast:credentials.mlflowStoreUrl' --stack prod",
  };
  const objects = {
    'gateways.gateway.networking.k8s.io public in gateways':
      'there is no gateways.gateway.networking.k8s.io public in gateways',
    'namespaces gateways': 'there is no namespaces gateways',
    'namespaces keda': 'there is no namespaces keda',
  };
  const metrics = {
    'metrics.k8s.io/v1beta1': 'the cluster does not serve it: install metrics-server, which scaling reads',
  };

  test('names every API, object and namespace that its configuration asks for, and no other', async () => {
    havePulumi();
    const { code, missing, warnings, ok } = await doctor(['--stack', 'prod']);
    expect(warnings).toEqual({
      ...silentModels('prod'),
      context:
        'the current one of whoever deploys decides on the cluster; ' +
        'name it: pulumi config set ballast:context CONTEXT --stack prod',
      'critical alerts': 'nobody is paged: set ballast:alertmanager.receivers.critical',
      "dead man's switch":
        'nobody learns that the monitoring itself is away: ' +
        'set ballast:alertmanager.receivers.watchdog to the webhook of a heartbeat service',
    });
    expect(missing).toEqual({
      ...credential,
      ...metrics,
      'HTTPRoute (gateway.networking.k8s.io/v1)':
        'the cluster does not serve it: install the Gateway API and a controller',
      'ScaledObject (keda.sh/v1alpha1)':
        'the cluster does not serve it: install KEDA, 2.17 or newer, or set cluster.keda: false',
      ...objects,
      'storage classes': noDefault,
    });
    expect(ok).toEqual(['configuration', 'Pulumi CLI', 'Kubernetes 1.30 or newer']);
    expect(code).toBe(1);
  });

  test('asks for less the more the cluster has', async () => {
    havePulumi();
    await installCustomResourceDefinitions(server);
    await only(storageClass('local', true));
    expect((await doctor(['--stack', 'prod'])).missing).toEqual({ ...credential, ...metrics, ...objects });

    await make(namespace('keda'));
    await make(namespace('gateways'));
    await only(gateway);
    expect((await doctor(['--stack', 'prod'])).missing).toEqual({ ...credential, ...metrics });
  });
});

describe('a cluster that cannot be asked', () => {
  /** Path of a kubeconfig for a server and a user. */
  const kubeconfig = (cluster: object, user: object): string => {
    const path = join(programs, 'kubeconfig.json');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
      users: [{ name: 'it', user }],
      'current-context': 'it',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };
  const somebody = { token: 'some' };

  test('is said to refuse the connection, beside what is known without it', async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    const { code, goesTo, missing, ok } = await doctor(['--stack', 'dev'], kubeconfig({ server: url }, somebody));
    expect(goesTo).toBe(`The stack dev goes to ${url}, the current context it of the kubeconfig.`);
    expect(ok).toEqual(['configuration']);
    expect(Object.keys(missing)).toEqual(['Pulumi CLI', 'cluster']);
    expect(missing['cluster']).toMatch(/^it is not reached: The connection to the server 127\.0\.0\.1:\d+ was refused/);
    expect(code).toBe(1);
  });

  test('is said not to answer, when it does not', async () => {
    havePulumi();
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const { code, missing } = await doctor(
      ['--stack', 'dev'],
      kubeconfig({ server: `http://127.0.0.1:${port}` }, somebody),
    );
    expect(missing).toEqual({ cluster: 'it is not reached: no answer within 15 s' });
    expect(code).toBe(1);
  });

  test('is not asked as nobody: kubectl would wait for a name', async () => {
    havePulumi();
    const { missing } = await doctor(['--stack', 'dev'], kubeconfig({ server: server.access.url }, {}));
    expect(Object.keys(missing)).toEqual(['cluster']);
    expect(missing['cluster']).toMatch(/^it is not reached: (?!no answer)\S+/);
  });

  test('is said to be unknown where there is no kubeconfig', async () => {
    havePulumi();
    const { goesTo, missing } = await doctor(['--stack', 'dev'], join(programs, 'nowhere'));
    expect(goesTo).toBe('The stack dev goes to a cluster that no kubeconfig names.');
    expect(Object.keys(missing)).toEqual(['cluster']);
    expect(missing['cluster']).toMatch(/^it is not reached: \S+/);
  });

  test('is not asked where there is no kubectl', async () => {
    havePulumi();
    rmSync(join(programs, 'kubectl'));
    const { goesTo, missing } = await doctor(['--stack', 'dev']);
    expect(goesTo).toBe('');
    expect(missing).toEqual({
      kubectl: 'install it: https://kubernetes.io/docs/tasks/tools/',
    });
  });

  test('is asked as somebody with few rights, and says what could not be checked', async () => {
    havePulumi();
    const account = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const { body } = await server.request('POST', account, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    });
    const { token } = (body as { status: { token: string } }).status;
    const cluster = {
      server: server.access.url,
      'certificate-authority-data': Buffer.from(server.access.ca).toString('base64'),
    };
    const { code, missing, ok } = await doctor(['--stack', 'dev'], kubeconfig(cluster, { token }));
    expect(ok).toEqual(['configuration', 'Pulumi CLI', 'Kubernetes 1.30 or newer']);
    expect(missing['storage classes']).toMatch(/^it cannot be checked: .*forbidden/);
    expect(code).toBe(1);
  });
});

test('a context that the configuration names is the one that is asked, whatever the current one', async () => {
  const path = join(programs, 'kubeconfig.json');
  const current = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as { clusters: object[]; contexts: object[] };
  const other = { name: 'other', cluster: { server: 'https://other.example.com:6443' } };
  const context = { name: 'prod-eu', context: { cluster: 'other' } };
  const both = { ...current, clusters: [...current.clusters, other], contexts: [...current.contexts, context] };
  writeFileSync(path, JSON.stringify(both));
  vi.stubEnv('PATH', programs);
  vi.stubEnv('KUBECONFIG', path);
  onTestFinished(() => void vi.unstubAllEnvs());
  const whereabouts = (name: string | undefined) => new Cluster(name).whereabouts();
  expect(await whereabouts('prod-eu')).toBe('https://other.example.com:6443, the context prod-eu of the kubeconfig');
  expect(await whereabouts(undefined)).toBe(`${server.access.url}, the current context ballast-test of the kubeconfig`);
  expect(await whereabouts('nowhere')).toBe('a cluster that no kubeconfig names');
});

describe('the doctor', () => {
  test('needs a stack, and names those there are', async () => {
    expect(await doctor([])).toMatchObject({ code: 1, stderr: 'doctor needs --stack S\n' });
    const { code, missing } = await doctor(['--stack', 'staging']);
    expect({ code, missing }).toEqual({
      code: 1,
      missing: { configuration: 'There is no stack "staging": known are dev, prod' },
    });
  });
});
