import { describe, expect, it } from 'vitest';
import { impactOf, lossOf } from './impact.ts';
import type { Manifest } from './manifest.ts';

const object = (kind: string): Manifest => ({ apiVersion: 'v1', kind, metadata: { name: 'some' } });
const change = (path: string, before: unknown = 'a', after: unknown = 'b') => ({ path, before, after });

describe('a field that cannot change in place', () => {
  it.each([
    ['Deployment', 'spec.selector.matchLabels.app'],
    ['StatefulSet', 'spec.selector.matchLabels.app'],
    ['StatefulSet', 'spec.serviceName'],
    ['StatefulSet', 'spec.podManagementPolicy'],
    ['StatefulSet', 'spec.volumeClaimTemplates[data].spec.resources.requests.storage'],
    ['Job', 'spec.template.spec.containers[a].image'],
    ['Job', 'spec.completionMode'],
    ['PersistentVolumeClaim', 'spec.storageClassName'],
    ['PersistentVolumeClaim', 'spec.accessModes'],
    ['Service', 'spec.clusterIP'],
    ['RoleBinding', 'roleRef.name'],
    ['ClusterRoleBinding', 'roleRef.name'],
    ['Secret', 'type'],
  ])('replaces the %s: %s', (kind, path) => {
    expect(impactOf(object(kind), [change('metadata.labels.a'), change(path)])).toEqual({
      kind: 'replace',
      reason: `${path} cannot change in place`,
    });
  });

  it('is told before the restart that comes with it', () => {
    const fields = [change('spec.template.spec.containers[a].image'), change('spec.selector.matchLabels.app')];
    expect(impactOf(object('Deployment'), fields)?.kind).toBe('replace');
  });
});

describe('a field that changes in place', () => {
  it.each([
    ['Deployment', 'spec.replicas'],
    ['Deployment', 'spec.strategy.rollingUpdate.maxSurge'],
    ['Deployment', 'metadata.labels.team'],
    ['StatefulSet', 'spec.replicas'],
    ['StatefulSet', 'spec.updateStrategy.type'],
    ['StatefulSet', 'spec.minReadySeconds'],
    ['StatefulSet', 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted'],
    ['StatefulSet', 'metadata.annotations.a'],
    ['Job', 'spec.suspend'],
    ['CronJob', 'spec.schedule'],
    ['CronJob', 'spec.jobTemplate.spec.template.spec.containers[a].image'],
    ['Service', 'spec.ports[http].port'],
    ['Service', 'spec.selector.app'],
    ['Secret', 'metadata.annotations["ballast.dev/secret-keys"]'],
    ['ConfigMap', 'data.a'],
    ['Role', 'rules[0].verbs'],
    ['RoleBinding', 'subjects[0].name'],
    ['NetworkPolicy', 'spec.podSelector.matchLabels.app'],
    ['HTTPRoute', 'spec.hostnames'],
  ])('does nothing more to the %s: %s', (kind, path) => {
    expect(impactOf(object(kind), [change(path)])).toBeUndefined();
  });

  it.each(['Deployment', 'StatefulSet'])('restarts the pods of a %s when it is of their template', (kind) => {
    const fields = [change('spec.replicas', 1, 2), change('spec.template.metadata.annotations["checksum"]')];
    expect(impactOf(object(kind), fields)).toEqual({ kind: 'restart', reason: 'its pod template changes' });
  });
});

describe('the size of a claim', () => {
  const path = 'spec.resources.requests.storage';
  const resized = (before: string, after: string) =>
    impactOf(object('PersistentVolumeClaim'), [change(path, before, after)]);

  it.each([
    ['10Gi', '9Gi'],
    ['1Ti', '1023Gi'],
    ['1Gi', '1023Mi'],
    ['1Gi', '1G'],
    ['1Mi', '1023Ki'],
  ])('cannot shrink from %s to %s', (before, after) => {
    expect(resized(before, after)).toEqual({ kind: 'replace', reason: `${path} cannot shrink` });
  });

  it.each([
    ['9Gi', '10Gi'],
    ['1023Gi', '1Ti'],
    ['1024Mi', '1Gi'],
  ])('may go from %s to %s', (before, after) => {
    expect(resized(before, after)).toBeUndefined();
  });
});

describe('the removal of an object', () => {
  it.each([
    ['PersistentVolumeClaim', 'its data goes with it, unless the volume is retained'],
    ['StatefulSet', undefined],
    ['Namespace', 'everything in it goes with it'],
    ['Deployment', undefined],
    ['Secret', undefined],
  ])('of a %s: %s', (kind, loss) => {
    expect(lossOf(object(kind))).toBe(loss);
  });

  it('takes the volumes of a StatefulSet along where its retention policy says so', () => {
    const kept = (whenDeleted: string) =>
      lossOf({ ...object('StatefulSet'), spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted } } });
    expect(kept('Delete')).toBe('its volumes go with their data');
    expect(kept('Retain')).toBeUndefined();
  });
});
