import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { ended, freePort, root, start } from '../processes.ts';
import type { KubernetesObject } from './api-server-client.ts';
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

/** Puts a program on the PATH in place of the Pulumi CLI. The doctor only looks whether there is one. */
function havePulumi(): void {
  const path = join(programs, 'pulumi');
  writeFileSync(path, '#!/bin/sh\nexit 1\n');
  chmodSync(path, 0o755);
}

interface Report {
  readonly code: number | null;
  readonly stderr: string;
  /** What to do by what is missing. */
  readonly missing: Readonly<Record<string, string>>;
  readonly ok: readonly string[];
}

async function doctor(args: readonly string[], kubeconfig = server.kubeconfig): Promise<Report> {
  const command = join(root, 'commands', 'doctor.ts');
  const env = { PATH: programs, KUBECONFIG: kubeconfig, HOME: programs };
  const { code, stdout, stderr } = await ended(start(process.execPath, ['--no-warnings', command, ...args], { env }));
  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
  const of = (state: string) => rows.filter(([first]) => first === state);
  return {
    code,
    stderr,
    missing: Object.fromEntries(of('MISSING').map(([, what = '', todo = '']) => [what, todo])),
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

const noDefault = 'no storage class is the default: name one in storage.class of each part';

describe('the doctor for the stack dev', () => {
  test('names what a bare cluster and a bare machine lack, and what to do', async () => {
    const { code, missing, ok, stderr } = await doctor(['--stack', 'dev']);
    expect(missing).toEqual({
      'Pulumi CLI': 'install it: https://www.pulumi.com/docs/install/',
      'storage classes': noDefault,
    });
    expect(ok).toEqual(['configuration', 'Kubernetes 1.30 or newer']);
    expect(stderr).toBe('2 of 4 checks failed for the stack dev.\n');
    expect(code).toBe(1);
  });

  test('takes no storage class for the default that is not marked so', async () => {
    havePulumi();
    await only(storageClass('local', false));
    expect((await doctor(['--stack', 'dev'])).missing).toEqual({ 'storage classes': noDefault });
  });

  test('has nothing to say when all is there', async () => {
    havePulumi();
    await only(storageClass('local', true));
    expect(await doctor(['--stack', 'dev'])).toEqual({
      code: 0,
      stderr: '',
      missing: {},
      ok: ['configuration', 'Pulumi CLI', 'Kubernetes 1.30 or newer', 'storage classes'],
    });
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
    const { code, missing, ok } = await doctor(['--stack', 'prod']);
    expect(missing).toEqual({
      ...credential,
      ...metrics,
      'HTTPRoute (gateway.networking.k8s.io/v1)':
        'the cluster does not serve it: install the Gateway API and a controller',
      'ScaledObject (keda.sh/v1alpha1)': 'the cluster does not serve it: install KEDA, or set cluster.keda: false',
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
    const { code, missing, ok } = await doctor(
      ['--stack', 'dev'],
      kubeconfig({ server: `https://127.0.0.1:${await freePort()}` }, somebody),
    );
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
    const { missing } = await doctor(['--stack', 'dev'], kubeconfig({ server: server.url }, {}));
    expect(Object.keys(missing)).toEqual(['cluster']);
    expect(missing['cluster']).toMatch(/^it is not reached: (?!no answer)\S+/);
  });

  test('is said to be unknown where there is no kubeconfig', async () => {
    havePulumi();
    const { missing } = await doctor(['--stack', 'dev'], join(programs, 'nowhere'));
    expect(Object.keys(missing)).toEqual(['cluster']);
    expect(missing['cluster']).toMatch(/^it is not reached: \S+/);
  });

  test('is not asked where there is no kubectl', async () => {
    havePulumi();
    rmSync(join(programs, 'kubectl'));
    expect((await doctor(['--stack', 'dev'])).missing).toEqual({
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
    const cluster = { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') };
    const { code, missing, ok } = await doctor(['--stack', 'dev'], kubeconfig(cluster, { token }));
    expect(ok).toEqual(['configuration', 'Pulumi CLI', 'Kubernetes 1.30 or newer']);
    expect(missing['storage classes']).toMatch(/^it cannot be checked: .*forbidden/);
    expect(code).toBe(1);
  });
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
