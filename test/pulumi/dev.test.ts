import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onPath } from '../../commands/on-path.ts';
import { recordedIdentities } from '../../commands/generated/identities.ts';
import { policyArguments } from '../../commands/policy-arguments.ts';
import { root, until } from '../processes.ts';
import { ApiServer } from '../cluster/api-server.ts';
import { allObjects, get, podsByWorkload, rolled, secretValues } from './cluster-objects.ts';
import { KubeletStandIn } from './kubelet-standin.ts';
import { PulumiStack } from './pulumi-stack.ts';

const namespace = 'ballast-dev';
const update = ['up', '--yes', '--skip-preview'];

// One story: each test begins where the one before it ends.
describe.skipIf(onPath('pulumi') === undefined)('the stack dev, by a real Pulumi', () => {
  let server: ApiServer;
  let kubelet: KubeletStandIn;
  let stack: PulumiStack;
  let empty: string[];

  beforeAll(async () => {
    server = await ApiServer.start({ workloads: true });
    kubelet = await KubeletStandIn.start(server);
    stack = await PulumiStack.create('dev', server.kubeconfig);
    empty = await allObjects(server);
  });
  afterAll(async () => {
    stack.remove();
    // What the stand-in could not do fails the run, and the API server ends all the same.
    await kubelet.stop().finally(() => server.stop());
  });

  const pods = () => podsByWorkload(server, namespace);
  const values = (secret: string) => secretValues(server, namespace, secret);
  const copies = async () => {
    type Scaled = { spec: { replicas: number } };
    return (await get<Scaled>(server, `/apis/apps/v1/namespaces/${namespace}/deployments/api`)).spec.replicas;
  };

  test('is refused with a wrong value or key, which it names, before the first resource', async () => {
    await stack.set('ballast:redis.maxMemory', 'lots');
    await stack.set('ballast:grafna.use', 'off');
    const { code, output } = await stack.run(['preview']);
    expect(code).not.toBe(0);
    expect(output).toContain('ballast:redis.maxMemory is "lots": a size such as 200mb or 1gb');
    expect(output).toContain('ballast:grafna: there is no such key; did you mean grafana?');
    expect(output).not.toMatch(/kubernetes:|random:|ballast:stack:|unhandled exception/);
    await stack.unset('ballast:redis.maxMemory');
    await stack.unset('ballast:grafna');
  });

  test('is previewed without an error', async () => {
    const output = await stack.succeed(['preview']);
    expect(output.match(/^.*(error|warning):.*$/gm)).toBeNull();
    expect(await allObjects(server)).toEqual(empty);
  });

  test('is made on an empty cluster at the first try, under its policies', async () => {
    const output = await stack.succeed(['up', '--yes', ...policyArguments(root, 'dev')]);
    expect(output).toMatch(/\[advisory\].* exceptions /);
    expect(output).not.toContain('[mandatory]');
    expect(Object.keys(await pods())).toEqual(expect.arrayContaining(['api', 'redis', 'qdrant', 'prometheus']));
  });

  test('has the URNs that are recorded', async () => {
    const recorded = Object.values(recordedIdentities()['dev'] ?? {}).map(([urn]) => urn);
    expect(await stack.urns()).toEqual(expect.arrayContaining(recorded));
  });

  test('has nothing to change after that, whatever the cluster filled in', async () => {
    await stack.up('--expect-no-changes');
    await stack.up('--refresh', '--expect-no-changes');
  });

  test('keeps passwords out of its state, but for ciphertext', async () => {
    const { password = '' } = await values('redis-auth');
    expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
    const files = stack.stateFiles();
    expect(files.some((text) => text.includes('redis-auth-password-1'))).toBe(true);
    const encoded = Buffer.from(password).toString('base64');
    expect(files.filter((text) => text.includes(password) || text.includes(encoded))).toEqual([]);
  });

  test('changes what a setting is in, in place, and rolls the pods that read it', async () => {
    await stack.set('ballast:redis.maxMemory', '128mb');
    expect(await stack.changes()).toEqual({
      'update ConfigMap redis-configuration': ['data["redis.conf"]'],
      'update StatefulSet redis': ['spec.template.metadata.annotations["ballast.dev/configuration"]'],
    });
    const before = await pods();
    await stack.up();
    expect(rolled(before, await pods())).toEqual(['redis']);
  });

  test('changes alert rules, and the dashboards that lead to the same pages, in place', async () => {
    await stack.set('ballast:prometheus.repositoryUrl', 'https://git.example.com/ballast');
    expect(await stack.changes()).toEqual({
      'update ConfigMap grafana-dashboards': expect.arrayContaining(['data["overview.json"]']) as string[],
      'update Deployment grafana': ['spec.template.metadata.annotations["ballast.dev/configuration"]'],
      'update ConfigMap prometheus-configuration': ['data["rules.yml"]'],
      'update StatefulSet prometheus': ['spec.template.metadata.annotations["ballast.dev/configuration"]'],
    });
    await stack.up();
  });

  test('rotates a secret: a new value, and new pods for those that hold it and nobody else', async () => {
    const rotation = ['spec.template.metadata.annotations["ballast.dev/rotation"]'];
    const jobRotation = rotation.flatMap((path) => [
      path.replace('spec.template', 'spec.jobTemplate'),
      path.replace('spec', 'spec.jobTemplate.spec'),
    ]);
    const [before, { password: old }] = [await pods(), await values('redis-auth')];
    await stack.set('ballast:rotation.redis-auth', 2);
    expect(await stack.changes()).toEqual({
      'create RandomPassword redis-auth-password-2': [],
      // Until the value is known Pulumi cannot tell which of both forms the API server will store.
      'update Secret redis-auth': ['data', 'stringData'],
      'update StatefulSet redis': rotation,
      'update Deployment api': rotation,
      'update CronJob redis-backup': jobRotation,
      'update CronJob redis-restore': jobRotation,
    });
    await stack.up();
    expect(rolled(before, await pods())).toEqual(['api', 'redis']);
    const { password, 'auth.conf': file } = await values('redis-auth');
    expect(password).not.toBe(old);
    expect(file).toBe(`requirepass ${password}\n`);
    await stack.up('--expect-no-changes');
  });

  test('hands the number of copies to an autoscaler without losing one, and leaves it alone from then on', async () => {
    await stack.set('ballast:api.replicas', 3);
    await stack.up();
    await stack.set('ballast:api.scaling.min', 4);
    await stack.set('ballast:api.scaling.max', 6);
    await stack.up();
    expect(await copies()).toBeGreaterThanOrEqual(3);
    await until('the autoscaler has set its own number', async () => (await copies()) === 4, 60_000);
    await stack.set('ballast:api.requestTimeoutSeconds', 25);
    await stack.up();
    expect(await copies()).toBe(4);
    await stack.up('--refresh', '--expect-no-changes');
  });

  test('takes the number of copies back from the autoscaler only when it is told to', async () => {
    await stack.unset('ballast:api.scaling');
    const refused = await stack.run(update);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/conflict with "kube-controller-manager".*\.spec\.replicas/s);
    const force = { PULUMI_K8S_ENABLE_PATCH_FORCE: 'true' };
    await stack.succeed(update, force);
    // The autoscaler goes last, and may have set its number once more.
    await stack.succeed([...update, '--refresh'], force);
    expect(await copies()).toBe(3);
  });

  test('leaves nothing behind', async () => {
    await stack.succeed(['destroy', '--yes', '--skip-preview']);
    expect(await stack.urns()).toEqual([]);
    expect(await allObjects(server)).toEqual(empty);
  });
});
