import { expect, test } from 'vitest';
import { imagesOf } from './images-of.ts';

const pod = (...images: string[]) => ({ spec: { containers: images.map((image) => ({ image })) } });

test('the images of all containers are named once each, those that prepare and those of scheduled jobs too', () => {
  const object = (kind: string, spec: object) => ({ apiVersion: 'v1', kind, metadata: { name: 'x' }, spec });
  const template = {
    spec: { initContainers: [{ image: 'init:1' }], containers: [{ image: 'b:2' }, { image: 'a:1' }] },
  };
  const manifests = [
    object('Deployment', { template }),
    object('CronJob', { jobTemplate: { spec: { template: pod('job:1', 'a:1') } } }),
    object('Service', { ports: [{ port: 80 }] }),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { image: 'none:1' } },
  ];
  expect(imagesOf(manifests)).toEqual(['a:1', 'b:2', 'init:1', 'job:1']);
});
