import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { collect } from './collect.ts';
import { lostIdentities, recordIdentities } from './identities.ts';

const where = { project: 'ballast', stack: 'test' };
const component = 'urn:pulumi:test::ballast::ballast:test:Group::some';
const map = (types: string, name: string) => `urn:pulumi:test::ballast::${types}kubernetes:core/v1:ConfigMap::${name}`;

class Group extends pulumi.ComponentResource {
  constructor(name: string, options?: pulumi.ComponentResourceOptions, type = 'Group') {
    super(`ballast:test:${type}`, name, {}, options);
  }
}

/** A ConfigMap `settings`, made as told. */
const settings = (name: string, options: () => pulumi.CustomResourceOptions = () => ({})) =>
  collect(() => {
    new k8s.core.v1.ConfigMap(name, { metadata: { name: 'settings' } }, options());
  }, where);

describe('the identity of an object', () => {
  it('is its URN, by kind and name, without the version of its API', async () => {
    const resources = await collect(() => {
      const parent = new Group('some');
      const spec = { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'api' } };
      new k8s.core.v1.ConfigMap('settings', { metadata: { name: 'settings' } }, { parent });
      new k8s.autoscaling.v2.HorizontalPodAutoscaler('api', { metadata: { name: 'api' }, spec }, { parent });
    }, where);
    expect(recordIdentities({}, resources)).toEqual({
      'ConfigMap settings': [map('ballast:test:Group$', 'settings')],
      'autoscaling/HorizontalPodAutoscaler api': [
        'urn:pulumi:test::ballast::ballast:test:Group$kubernetes:autoscaling/v2:HorizontalPodAutoscaler::api',
      ],
    });
  });

  it('is dropped with the object', async () => {
    const recorded = recordIdentities({ 'ConfigMap old': [map('', 'old')] }, await settings('settings'));
    expect(Object.keys(recorded)).toEqual(['ConfigMap settings']);
  });

  it('is lost with another name in the program, and nothing else is recorded then', async () => {
    const recorded = { 'ConfigMap settings': [map('', 'old')] };
    const resources = await settings('new');
    expect(lostIdentities(recorded, resources)).toEqual([
      `ConfigMap settings was ${map('', 'old')} and is now ${map('', 'new')}: give the resource or its parent an alias`,
    ]);
    expect(recordIdentities(recorded, resources)).toEqual(recorded);
  });

  it.each<[string, string, string, () => pulumi.CustomResourceOptions]>([
    ['its old name', map('', 'old'), 'new', () => ({ aliases: [{ name: 'old' }] })],
    ['its URN', map('', 'old'), 'new', () => ({ aliases: [map('', 'old')] })],
    [
      'the parent that it had',
      map('ballast:test:Group$', 'settings'),
      'settings',
      () => ({ aliases: [{ parent: component }] }),
    ],
    [
      'the old type of its parent',
      map('ballast:test:Old$', 'settings'),
      'settings',
      () => ({ parent: new Group('some', { aliases: [{ type: 'ballast:test:Old' }] }) }),
    ],
  ])('is kept by an alias with %s', async (_, before, name, options) => {
    const recorded = { 'ConfigMap settings': [before] };
    const resources = await settings(name, options);
    expect(lostIdentities(recorded, resources)).toEqual([]);
    expect(recordIdentities(recorded, resources)['ConfigMap settings']?.slice(1)).toEqual([before]);
  });

  it('is lost when an alias is taken away that an older release needs', async () => {
    const recorded = { 'ConfigMap settings': [map('', 'new'), map('', 'old')] };
    expect(lostIdentities(recorded, await settings('new'))).toHaveLength(1);
  });
});
