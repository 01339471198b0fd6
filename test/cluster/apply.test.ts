import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { Kubectl } from '../../commands/kubectl.ts';
import { root, run, type Ended } from '../processes.ts';
import { KubeletStandIn } from '../pulumi/kubelet-standin.ts';
import { writeProgram } from '../write-program.ts';
import { ApiServer } from './api-server.ts';

const namespace = 'ballast-dev';
let server: ApiServer;
let kubelet: KubeletStandIn;
let kubectl: Kubectl;
/** A folder that is the whole PATH. */
let programs: string;

beforeAll(async () => {
  server = await ApiServer.start({ workloads: true });
  kubelet = await KubeletStandIn.start(server);
  kubectl = new Kubectl(inject('kubectl'), ['--kubeconfig', server.kubeconfig]);
  programs = mkdtempSync(join(tmpdir(), 'ballast-apply-'));
  symlinkSync(inject('kubectl'), join(programs, 'kubectl'));
  await make({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'example.com/none',
  });
});
afterAll(async () => {
  rmSync(programs, { recursive: true, force: true });
  // What the stand-in could not do fails the run, and the API server ends all the same.
  await kubelet.stop().finally(() => server.stop());
});

async function make(object: object): Promise<void> {
  await kubectl.run(['apply', '--server-side', '--field-manager=ballast', '--filename=-'], JSON.stringify(object));
}

/** Runs a command of npm's against the cluster. */
function command(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const script = join(root, 'commands', `${name}.ts`);
  const own = { PATH: programs, KUBECONFIG: server.kubeconfig, HOME: programs, ...env };
  return run(process.execPath, ['--no-warnings', script, ...args], { env: own });
}

const up = (env: Readonly<Record<string, string>> = {}) => command('up', ['--stack', 'dev', '--apply'], env);
const down = (...args: readonly string[]) => command('down', ['--stack', 'dev', ...args]);

/** The Secrets of the stack, with all that they hold. */
async function secrets(): Promise<Readonly<Record<string, unknown>>> {
  type Secrets = { items: { metadata: { name: string }; data: object }[] };
  const { items } = await kubectl.json<Secrets>(['get', 'secrets', '--namespace', namespace]);
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data]));
}

/** Puts a program on the PATH in place of the Pulumi CLI, for the length of a test. */
function havePulumi(): void {
  writeProgram(programs, 'pulumi', 'echo "pulumi $*"');
  onTestFinished(() => rmSync(join(programs, 'pulumi')));
}

// One story: each test begins where the one before it ends.
describe('a stack without Pulumi', () => {
  test('is refused in a namespace that is there already', async () => {
    await kubectl.run(['create', 'namespace', namespace]);
    const { code, stderr } = await up();
    expect(stderr).toContain(`The namespace ${namespace} is there, and the stack dev was not applied to it`);
    expect(code).toBe(1);
    expect(await secrets()).toEqual({});
    await kubectl.run(['delete', 'namespace', namespace]);
  });

  let first: Readonly<Record<string, unknown>>;

  test('is brought up, with the credentials of the environment', async () => {
    const { code, stdout, stderr } = await up({ BALLAST_CREDENTIAL_deepinfra: 'sk-given' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^12\d objects created, 0 changed, 0 unchanged\.$/m);
    expect(stdout).not.toMatch(/^WARNING/m);
    expect(stdout).not.toContain('Left from before');
    expect(code).toBe(0);
    first = await secrets();
    expect(first['provider-keys']).toEqual({ deepinfra: Buffer.from('sk-given').toString('base64') });
  });

  test('has the same values after another up without them, which changes nothing', async () => {
    const { code, stdout } = await up();
    expect(stdout).toMatch(/^0 objects created, 0 changed, 12\d unchanged\.$/m);
    expect(stdout).not.toMatch(/^WARNING/m);
    expect(code).toBe(0);
    expect(await secrets()).toEqual(first);
  });

  test('is applied again by an up that could use Pulumi', async () => {
    havePulumi();
    const { code, stdout } = await command('up', ['--stack', 'dev']);
    expect(stdout).toContain(
      'The stack dev was applied without Pulumi, and is so again, though there is a Pulumi CLI.',
    );
    expect(stdout).toMatch(/^0 objects created, 0 changed, 12\d unchanged\.$/m);
    expect(stdout).not.toContain('pulumi up');
    expect(code).toBe(0);
  });

  test('has what is left from before named, and nobody wait for it', async () => {
    const labels = { 'app.kubernetes.io/part-of': 'ballast', 'app.kubernetes.io/name': 'gone' };
    const metadata = { name: 'gone', namespace, labels };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'gone', image: 'example.com/gone' }] } };
    const spec = { selector: { matchLabels: labels }, template };
    // Pod Security lets none of its pods in.
    await make({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
    await make({ apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 80 }] } });
    const { stdout } = await up();
    const [, remove = ''] = /^It stays until it is removed: kubectl (.*)$/m.exec(stdout) ?? [];
    expect(remove).toBe(`--namespace ${namespace} delete deployment.apps/gone service/gone`);
    await kubectl.run(remove.split(' '));
    expect((await up()).stdout).not.toContain('Left from before');
  });

  test('is refused when the values that it was made with are gone', async () => {
    const where = ['secret', 'ballast-kept-values', '--namespace', namespace];
    const keeper = await kubectl.run(['get', ...where, '--output', 'json']);
    await kubectl.run(['delete', ...where]);
    const { code, stderr } = await up();
    expect(stderr).toContain('The Secret ballast-kept-values is gone from the namespace ballast-dev');
    expect(code).toBe(1);
    await kubectl.run(['create', '--filename=-'], keeper);
  });
});

describe('down of a stack that was applied', () => {
  test('says where the stack is, and asks for --yes', async () => {
    const { code, stdout, stderr } = await down();
    expect(stdout).toBe(
      `The stack dev goes to ${server.access.url}, the current context ballast-test of the kubeconfig.\n\n`,
    );
    expect(stderr).toBe(
      `The namespace ${namespace} would be removed with all that is in it, volumes too: npm run down -- --stack dev --yes does it.\n`,
    );
    expect(code).toBe(1);
  });

  test('removes everything of it', async () => {
    const { code, stderr } = await down('--yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await kubectl.run(['get', 'namespace', namespace, '--ignore-not-found'])).toBe('');
  });

  test('finds nothing the second time', async () => {
    const { code, stdout } = await down('--yes');
    expect(stdout).toContain('\nNothing of the stack dev is there.\n');
    expect(code).toBe(0);
  });

  test('is left to Pulumi, with its answer to the question, where nothing was applied', async () => {
    havePulumi();
    const { code, stdout } = await down('--yes');
    expect(stdout).toContain('\npulumi destroy --stack dev --yes\n');
    expect(code).toBe(0);
  });
});

test('up says of a namespace that is being removed that it is', async () => {
  await make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, finalizers: ['example.com/kept'] } });
  await kubectl.run(['delete', 'namespace', namespace, '--wait=false']);
  const { stderr } = await up();
  expect(stderr).toBe(
    `The namespace ${namespace} is being removed with all that is in it: try again when kubectl get namespace ${namespace} finds none.\n`,
  );
  havePulumi();
  expect((await command('up', ['--stack', 'dev'])).stderr).toBe(stderr);
});

test('down of a stack of production is refused, with the way to do it all the same', async () => {
  const annotations = { 'ballast.dev/applied-stack': 'prod' };
  await make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ballast-prod', annotations } });
  const { code, stderr } = await command('down', ['--stack', 'prod', '--yes']);
  expect(stderr).toContain(
    'The stack prod is of production, and is not removed: its data would go with it. To remove it with all of its data, ' +
      'set ballast:environment to development in Pulumi.prod.yaml, and repeat this command.',
  );
  expect(code).toBe(1);
  expect(await kubectl.run(['get', 'namespace', 'ballast-prod', '--output', 'name'])).toBe('namespace/ballast-prod');
});
