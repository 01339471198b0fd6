import * as docker from '@pulumi/docker';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { describe, expect, it } from 'vitest';
import { collect, unknownDigest } from './collect.ts';

const where = { project: 'ballast', stack: 'test' };

class Group extends pulumi.ComponentResource {
  constructor(name: string) {
    super('ballast:test:Group', name);
    this.registerOutputs({});
  }
}

describe('collecting what a program registers', () => {
  it('gives type, name, inputs and the place below the parent', async () => {
    const [map, component] = await collect(() => {
      const parent = new Group('some');
      new k8s.core.v1.ConfigMap('settings', { metadata: { name: 'settings' }, data: { a: 'b' } }, { parent });
    }, where);
    expect(component).toMatchObject({ type: 'ballast:test:Group', isComponent: true });
    expect(map).toMatchObject({
      urn: 'urn:pulumi:test::ballast::ballast:test:Group$kubernetes:core/v1:ConfigMap::settings',
      type: 'kubernetes:core/v1:ConfigMap',
      name: 'settings',
      isComponent: false,
      inputs: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'b' } },
      secrets: [],
      options: { parent: component?.urn, dependsOn: [], protect: false, retainOnDelete: false, createTimeout: '' },
    });
  });

  it('waits for what comes late and for outputs of outputs', async () => {
    const resources = await collect(async () => {
      await Promise.resolve();
      const first = new k8s.core.v1.Namespace('first', { metadata: { name: 'first' } });
      first.metadata.name.apply(async (name) => {
        await new Promise((resolve) => setImmediate(resolve));
        new k8s.core.v1.ConfigMap('late', { metadata: { name: 'late', namespace: name } });
      });
    }, where);
    expect(resources.map(({ name }) => name)).toEqual(['late', 'first']);
    expect(resources[0]?.inputs).toMatchObject({ metadata: { namespace: 'first' } });
  });

  it('shows a generated password as its name, and says where secrets are', async () => {
    const resources = await collect(() => {
      const { result } = new random.RandomPassword('word', { length: 8 });
      const data = { url: pulumi.interpolate`redis://:${result}@redis` };
      new k8s.core.v1.ConfigMap('leak', { metadata: { name: 'leak' }, data });
    }, where);
    const leak = resources.find(({ name }) => name === 'leak');
    expect(leak?.inputs['data']).toEqual({ url: 'redis://:<word>@redis' });
    expect(leak?.secrets).toEqual(['data.url']);
  });

  it('knows no digest of an image that would be built or looked up, and says so', async () => {
    const resources = await collect(() => {
      const build = { context: '.', platform: 'linux/amd64' };
      const built = new docker.Image('built', { imageName: 'registry.test/api:1', build }).repoDigest;
      const found = docker.getRegistryImageOutput({ name: 'registry.test/api:1' }).sha256Digest;
      new k8s.core.v1.ConfigMap('images', { metadata: { name: 'images' }, data: { built, found } });
    }, where);
    expect(resources.find(({ name }) => name === 'images')?.inputs['data']).toEqual({
      built: `registry.test/api:1@${unknownDigest}`,
      found: unknownDigest,
    });
  });

  it('knows the options that decide about order and deletion', async () => {
    const resources = await collect(() => {
      const provider = new k8s.Provider('cluster');
      const first = new k8s.core.v1.ConfigMap('first', { metadata: { name: 'first' } }, { provider });
      new k8s.core.v1.ConfigMap(
        'second',
        { metadata: { name: 'second' } },
        {
          dependsOn: first,
          protect: true,
          retainOnDelete: true,
          ignoreChanges: ['data'],
          customTimeouts: { create: '9s' },
        },
      );
    }, where);
    const [first, second] = ['first', 'second'].map((name) => resources.find((each) => each.name === name));
    expect(first?.options.provider).toBe('urn:pulumi:test::ballast::pulumi:providers:kubernetes::cluster::cluster-id');
    expect(second?.options).toMatchObject({
      dependsOn: [first?.urn],
      protect: true,
      retainOnDelete: true,
      ignoreChanges: ['data'],
      createTimeout: '9s',
    });
  });

  it('starts anew each time, and gives the same for the same program', async () => {
    const program = () => {
      new k8s.core.v1.Namespace('one', { metadata: { name: 'one' } });
    };
    expect(await collect(program, where)).toEqual(await collect(program, where));
  });

  it('gives resources in the order of their URNs, however they were registered', async () => {
    const make = (name: string) => new k8s.core.v1.Namespace(name, { metadata: { name } });
    const names = async (order: string[]) => (await collect(() => order.forEach(make), where)).map(({ name }) => name);
    expect(await names(['b', 'a', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it('refuses two resources of one URN, as the engine does', async () => {
    const make = () => new k8s.core.v1.Namespace('one', { metadata: { name: 'one' } });
    await expect(
      collect(() => {
        make();
        make();
      }, where),
    ).rejects.toThrow('More than one resource has the URN urn:pulumi:test::ballast::kubernetes:core/v1:Namespace::one');
  });

  it('throws what the program throws, and leaves nothing of it for the next', async () => {
    const program = () => {
      new Group('unfinished');
      throw new Error('not today');
    };
    await expect(collect(program, where)).rejects.toThrow('not today');
    expect(await collect(() => undefined, where)).toEqual([]);
  });
});
