import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onPath } from '../../commands/on-path.ts';
import { installCustomResourceDefinitions } from '../cluster/api-server-crds.ts';
import { ApiServer } from '../cluster/api-server.ts';
import { gateway, kubectl } from '../lifecycle/delivered-stack.ts';
import { run } from '../processes.ts';
import { RepositoryCopy } from '../repository-copy.ts';
import { writeProgram } from '../write-program.ts';
import { get } from './cluster-objects.ts';
import { KubeletStandIn } from './kubelet-standin.ts';
import { pulumiEnvironment } from './pulumi-stack.ts';

const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];

// One story: each test begins where the one before it ends. The commands run in a repository of their own, since they read its
// commits and write into its stack's file.
describe.skipIf(onPath('pulumi') === undefined)('delivery, by a real Pulumi', () => {
  let server: ApiServer;
  let kubelet: KubeletStandIn;
  let copy: RepositoryCopy;
  /** What is beside the repository: the state, and a kubectl that finds all that `doctor` asks for. */
  let folder: string;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = await ApiServer.start({ workloads: true });
    await installCustomResourceDefinitions(server);
    kubelet = await KubeletStandIn.start(server);
    copy = await RepositoryCopy.create();
    copy.write('Pulumi.dev.yaml', `${copy.read('Pulumi.dev.yaml')}${gateway}`);
    folder = mkdtempSync(join(tmpdir(), 'ballast-delivery-'));
    mkdirSync(join(folder, 'state'));
    writeProgram(folder, 'kubectl', kubectl);
    env = pulumiEnvironment(server.kubeconfig, join(folder, 'state'), folder);
    const init = ['stack', 'init', 'dev', '--no-select', '--non-interactive'];
    expect(await run('pulumi', init, { cwd: copy.folder, env })).toMatchObject({ code: 0 });
    const secret = ['config', 'set', '--secret', '--path', 'ballast:credentials.spare', 'of a test', '--stack', 'dev'];
    expect(await run('pulumi', secret, { cwd: copy.folder, env })).toMatchObject({ code: 0 });
    await copy.commit('The stack');
  });
  afterAll(async () => {
    copy.remove();
    rmSync(folder, { recursive: true, force: true });
    await kubelet.stop().finally(() => server.stop());
  });

  async function succeed(name: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await copy.command(name, ['--stack', 'dev', ...args], env);
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${(stdout + stderr).slice(-4_000)}`);
    return stdout;
  }

  /** Digests of the images that run, by Deployment. */
  async function digests(): Promise<Record<string, string | undefined>> {
    type Deployment = {
      metadata: { name: string };
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    const { items } = await get<{ items: Deployment[] }>(server, '/apis/apps/v1/namespaces/ballast-dev/deployments');
    const api = items.filter(({ metadata }) => /^api(-canary)?$/.test(metadata.name));
    return Object.fromEntries(
      api.map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0]?.image.split('@')[1]]),
    );
  }

  test('deploys an image, and knows it as the point to come back to', async () => {
    await succeed('deploy', '--digest', a);
    expect(await digests()).toEqual({ api: a });
    expect(await succeed('rollback', '--point')).toBe('1\n');
  });

  test('runs another image beside it as a canary, to which nobody comes back', async () => {
    await succeed('canary', '--digest', b);
    expect(await digests()).toEqual({ api: a, 'api-canary': b });
    expect(await succeed('rollback', '--point')).toBe('1\n');
  });

  test('promotes the canary from a fresh checkout, whose file names no image', async () => {
    await copy.git('checkout', '--quiet', '--', '.');
    await succeed('promote');
    expect(await digests()).toEqual({ api: b });
  });

  test('goes back to the image before, from a commit that is no longer checked out', async () => {
    const committed = copy.read('Pulumi.dev.yaml');
    copy.write('Pulumi.dev.yaml', committed.replace('ballast-dev', 'ballast-elsewhere'));
    await copy.commit('A change that was never deployed');
    const said = await succeed('rollback', '--to', '1');
    expect(said).toContain(`  image   ${a}\n`);
    expect(await digests()).toEqual({ api: a });
  });

  test('goes no further back by itself, and never to what it left', async () => {
    const { code, stderr } = await copy.command('rollback', ['--stack', 'dev'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('no update before version 1, which runs again, has succeeded without a canary.');
  });

  test('knows the rollback as a good update, by the commit that it came back to', async () => {
    expect(await succeed('rollback', '--point')).toBe('4\n');
    await succeed('carry-image');
    expect(copy.read('Pulumi.dev.yaml')).toContain(a);
  });
});
