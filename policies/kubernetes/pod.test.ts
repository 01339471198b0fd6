import { describe, expect, it } from 'vitest';
import { containersOf, podOf } from './pod.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web' }] } };

describe('the pods of an object', () => {
  it.each([
    ['apps/v1', 'Deployment', { template }],
    ['apps/v1', 'StatefulSet', { template }],
    ['apps/v1', 'DaemonSet', { template }],
    ['apps/v1', 'ReplicaSet', { template }],
    ['v1', 'ReplicationController', { template }],
    ['batch/v1', 'Job', { template }],
    ['batch/v1beta1', 'CronJob', { jobTemplate: { spec: { template } } }],
    ['keda.sh/v1alpha1', 'ScaledJob', { jobTargetRef: { template } }],
  ])('are those of its template: %s %s', (apiVersion, kind, spec) => {
    expect(podOf({ apiVersion, kind, spec })).toEqual(template);
  });

  it('are itself where it is one', () => {
    const metadata = { name: 'web' };
    expect(podOf({ apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec })).toEqual({
      metadata,
      spec: template.spec,
    });
  });

  it.each([
    ['v1', 'Service'],
    ['apps/v1', 'DeploymentList'],
    ['apps/v1', 'constructor'],
    ['example.com/v1', 'Deployment'],
    ['serving.knative.dev/v1', 'Job'],
  ])('are none of %s %s', (apiVersion, kind) => {
    expect(podOf({ apiVersion, kind, spec: { template } })).toBeUndefined();
  });

  it('have nothing where the template is away', () => {
    expect(podOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toEqual({ metadata: {}, spec: {} });
    expect(podOf({ apiVersion: 'batch/v1', kind: 'CronJob', spec: {} })).toEqual({ metadata: {}, spec: {} });
  });
});

describe('the containers of a pod', () => {
  it('are all, by what they are', () => {
    const spec = {
      containers: [{ name: 'web' }, { name: 'proxy' }],
      initContainers: [{ name: 'migrate' }],
      ephemeralContainers: [{ name: 'debug' }],
    };
    expect(containersOf({ metadata: {}, spec }).map(({ title }) => title)).toEqual([
      'init container "migrate"',
      'container "web"',
      'container "proxy"',
      'ephemeral container "debug"',
    ]);
  });
});
