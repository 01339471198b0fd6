import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onPath } from '../../commands/on-path.ts';
import { policyArguments } from '../../commands/policy-arguments.ts';
import { installCustomResourceDefinitions } from '../cluster/api-server-crds.ts';
import { ApiServer } from '../cluster/api-server.ts';
import { root } from '../processes.ts';
import { allObjects, podsByWorkload, rolled } from './cluster-objects.ts';
import { KubeletStandIn } from './kubelet-standin.ts';
import { PulumiStack } from './pulumi-stack.ts';

const namespace = 'ballast-prod';
const destroy = ['destroy', '--yes', '--skip-preview'];
const databaseUrl = 'postgresql://mlflow:not-a-real-password@postgres.databases:5432/mlflow';

// One story: each test begins where the one before it ends.
describe.skipIf(onPath('pulumi') === undefined)('the stack prod, by a real Pulumi', () => {
  let server: ApiServer;
  let kubelet: KubeletStandIn;
  let stack: PulumiStack;
  let empty: string[];
  /** The volumes whose data is kept. Silences of alerts and weights that can be downloaded again are not among it. */
  let volumes: string[];

  beforeAll(async () => {
    server = await ApiServer.start({ workloads: true });
    await installCustomResourceDefinitions(server);
    kubelet = await KubeletStandIn.start(server);
    stack = await PulumiStack.create('prod', server.kubeconfig);
    empty = await allObjects(server);
  });
  afterAll(async () => {
    stack.remove();
    // What the stand-in could not do fails the run, and the API server ends all the same.
    await kubelet.stop().finally(() => server.stop());
  });

  const pods = () => podsByWorkload(server, namespace);
  const claims = async () => (await allObjects(server)).filter((each) => each.startsWith('PersistentVolumeClaim '));
  const kept = async () => (await claims()).filter((each) => !/data-alertmanager-\d|weights-tei-\d/.test(each));

  test('is refused without its credential, which it names, before the first resource', async () => {
    const { code, output } = await stack.run(['preview']);
    expect(code).not.toBe(0);
    expect(output).toContain("pulumi config set --secret --path 'ballast:credentials.mlflowStoreUrl' --stack prod");
    expect(output).not.toMatch(/kubernetes:|random:|ballast:stack:|unhandled exception/);
    await stack.setSecret('ballast:credentials.mlflowStoreUrl', databaseUrl);
  });

  test('is made on an empty cluster at the first try, under its policies, with nothing to change after that', async () => {
    const output = await stack.succeed(['up', '--yes', ...policyArguments(root, 'prod')]);
    expect(output).not.toContain('[mandatory]');
    await stack.up('--refresh', '--expect-no-changes');
    expect((await pods())['qdrant']).toHaveLength(3);
    volumes = await kept();
    expect(volumes).toContain(`PersistentVolumeClaim ${namespace}/storage-qdrant-2`);
  });

  test('keeps the credential out of its state, but for ciphertext', () => {
    const encoded = Buffer.from(databaseUrl).toString('base64');
    const files = stack.stateFiles();
    expect(files.some((text) => text.includes('mlflow-store'))).toBe(true);
    expect(files.filter((text) => text.includes('not-a-real-password') || text.includes(encoded))).toEqual([]);
  });

  test('rotates a protected password again and again', async () => {
    const before = await pods();
    await stack.set('ballast:rotation.redis-auth', 2);
    await stack.up();
    await stack.set('ballast:rotation.redis-auth', 3);
    expect(Object.keys(await stack.changes())).toEqual(
      expect.arrayContaining([
        'create RandomPassword redis-auth-password-3',
        'delete RandomPassword redis-auth-password-1',
      ]),
    );
    await stack.up();
    expect(rolled(before, await pods())).toEqual(['api', 'redis']);
  });

  test('refuses to replace a StatefulSet for a larger volume, and takes its pods over when told how', async () => {
    await stack.set('ballast:redis.storage.size', '20Gi');
    const { code, output } = await stack.run(['preview']);
    expect(code).not.toBe(0);
    expect(output).toMatch(/unable to replace resource .*StatefulSet::redis.*marked for protection/s);
    const before = await pods();
    // kubectl delete statefulset redis --cascade=orphan
    const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/redis?propagationPolicy=Orphan`;
    expect(await server.request('DELETE', path)).toMatchObject({ status: 200 });
    await stack.up('--refresh');
    expect(rolled(before, await pods())).toEqual([]);
  });

  test('is not destroyed: what is protected stops it before anything is deleted', async () => {
    const before = await allObjects(server);
    const { code, output } = await stack.run(['destroy', '--yes']);
    expect(code).not.toBe(0);
    // What one of these needs, such as the namespace and the password of Redis, is not even tried.
    for (const name of [
      'StatefulSet::qdrant',
      'PersistentVolumeClaim::redis-backup-backups',
      'RandomPassword::api-keys-jwt-secret-1',
    ]) {
      expect(output).toMatch(new RegExp(`${name}" cannot be deleted\\s+because it is protected`));
    }
    expect(await allObjects(server)).toEqual(before);
  });

  test('keeps its volumes, passwords and pods that hold data when somebody destroys it unseen, and comes back', async () => {
    const before = await pods();
    expect((await stack.run(destroy)).code).not.toBe(0);
    expect(await claims()).toEqual(volumes);
    await stack.up();
    const stateful = ['jaeger', 'loki', 'mlflow', 'prometheus', 'qdrant', 'redis'];
    expect(rolled(before, await pods()).filter((name) => stateful.includes(name))).toEqual([]);
  });

  test('keeps its namespace and its volumes, and nothing else, when its protection is taken away', async () => {
    await stack.succeed(['state', 'unprotect', '--all', '--yes']);
    await stack.succeed(destroy);
    expect((await allObjects(server)).filter((each) => !empty.includes(each))).toEqual(
      [
        ...volumes,
        `Namespace /${namespace}`,
        // What every namespace has.
        `ConfigMap ${namespace}/kube-root-ca.crt`,
        `ServiceAccount ${namespace}/default`,
      ].sort(),
    );
  });

  test('takes over what was kept only when it is told to', async () => {
    const refused = await stack.run(['up', '--yes', '--skip-preview']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(`namespaces "${namespace}" already exists`);
    await stack.succeed(['up', '--yes', '--skip-preview'], { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: 'true' });
    await stack.up();
    await stack.up('--refresh', '--expect-no-changes');
    expect(await kept()).toEqual(volumes);
  });

  test('is taken down with its data as a stack of development, and leaves nothing behind', async () => {
    await stack.set('ballast:environment', 'development');
    await stack.up();
    expect(await kept()).toEqual(volumes);
    await stack.succeed(destroy);
    expect(await stack.urns()).toEqual([]);
    expect(await allObjects(server)).toEqual(empty);
  });
});
