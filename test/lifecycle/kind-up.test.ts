import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { readStackConfig } from '../../infra/read-config.ts';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { root, run, type Ended } from '../processes.ts';
import { KindMachine } from '../standins/kind-machine.ts';
import { writeProgram } from '../write-program.ts';

/** What is asked of the cluster before a deployment: nothing of the stack is there. */
const kubectl = `case "$*" in
*'get namespace '*) exit ;;
*'get secrets '* | *'get deployments,statefulsets '*) echo '{"items":[]}'; exit ;;
*' --raw /version'*) echo '{"gitVersion":"v1.35.0"}'; exit ;;
*' --raw /apis/storage.k8s.io/v1/storageclasses'*)
  echo '{"items":[{"metadata":{"name":"standard","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}]}'
  exit ;;
'config view '*)
  echo '{"current-context":"kind-ballast","clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}]}'; exit ;;
esac`;

const builds = expect.stringMatching(/^docker build .* --tag ghcr\.io\/ballast\/ballast-api:/) as string;
const loads = expect.stringMatching(
  /^kind load docker-image ghcr\.io\/ballast\/ballast-api:\S+ --name ballast$/,
) as string;

const up = (...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, ['--no-warnings', join(root, 'commands', 'up.ts'), '--stack', 'dev', ...args]);

/** Puts a program on the PATH in place of the Pulumi CLI, which notes that it deploys. */
function havePulumi({ folder }: KindMachine): void {
  const listing = `[ "$1 $2" = 'stack ls' ] && echo '[{"name":"dev"}]' && exit`;
  writeProgram(folder, 'pulumi', `${listing}\necho "pulumi $1" >>'${folder}/calls'`);
}

beforeEach(() => {
  // Not that of a node of our own, which this machine may have.
  vi.stubEnv('KUBECONFIG', '/some/kubeconfig');
});

describe('up of a stack, with the kind cluster as the current context,', () => {
  test('gives kind the image of the API, and goes on without Pulumi where there is none', async () => {
    const machine = new KindMachine({ kubectl });
    machine.container = 'running';
    const { stdout, stderr } = await up();
    expect(machine.changes.slice(0, 2)).toEqual([builds, loads]);
    expect(stdout).toMatch(/^ghcr\.io\/ballast\/ballast-api:\S+: the API of this checkout, by its Dockerfile/m);
    expect(stdout).toMatch(/^Without Pulumi: objects are applied on the server/);
    expect(stdout).toContain(
      'The stack dev goes to https://127.0.0.1:6443, the current context kind-ballast of the kubeconfig.',
    );
    expect(stderr).not.toContain('There is no Pulumi CLI');
  });

  test('gives kind the image of the API before Pulumi deploys it where there is a Pulumi CLI', async () => {
    const machine = new KindMachine({ kubectl });
    machine.container = 'running';
    havePulumi(machine);
    const { code, stdout } = await up();
    expect(machine.changes).toEqual([builds, loads, 'pulumi up']);
    expect(stdout).not.toContain('Without Pulumi');
    expect(stdout).toMatch(/\nHow kubectl reaches it: kubectl config use-context kind-ballast\n$/);
    expect(code).toBe(0);
  });

  test('has the pods of the API replaced that run its image of before', async () => {
    const { repository, tag } = readStackConfig(readStackFile(root, 'dev')).api.image;
    const template = { spec: { containers: [{ image: `${repository}:${tag}` }] } };
    const items = JSON.stringify({ items: [{ kind: 'Deployment', metadata: { name: 'api' }, spec: { template } }] });
    const there = `case "$*" in *'get deployments,statefulsets '*) echo '${items}'; exit ;; *'rollout restart '*) exit ;; esac`;
    const machine = new KindMachine({ kubectl: `${there}\n${kubectl}` });
    machine.container = 'running';
    havePulumi(machine);
    await up();
    const replaces = 'kubectl rollout restart --namespace ballast-dev deployment/api';
    expect(machine.changes).toEqual([builds, loads, replaces, 'pulumi up']);
    await up();
    expect(machine.changes).toEqual([builds, loads, replaces, 'pulumi up', 'pulumi up']);
  });

  test.each([[[]], [['--apply']]])('builds nothing when something is missing, with %j', async (args) => {
    const machine = new KindMachine({ kubectl: kubectl.replace('v1.35.0', 'v1.29.0') });
    machine.container = 'running';
    havePulumi(machine);
    const { code, stdout } = await up(...args);
    expect(stdout).toMatch(/^MISSING +Kubernetes/m);
    expect(machine.changes).toEqual([]);
    expect(code).toBe(1);
  });
});

test('up of a stack builds nothing for another cluster', async () => {
  const machine = new KindMachine({ kubectl: `[ "$*" = 'config current-context' ] && echo kind-other && exit` });
  const { code, stderr } = await up();
  expect(machine.changes).toEqual([]);
  expect(stderr).toContain('There is no Pulumi CLI on the PATH, which the stack dev needs');
  expect(code).toBe(1);
});
