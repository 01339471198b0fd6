import { describe, expect, it } from 'vitest';
import { objectsOfManifests } from './judged-objects.ts';

const metadata = { name: 'keys', namespace: 'shop', annotations: { 'ballast.dev/secret-keys': 'password,url' } };

describe('the objects of manifests', () => {
  it('are called by the files that a render writes', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
    expect(objectsOfManifests([service])).toEqual([{ object: service, source: '12-service-web.yaml' }]);
  });

  it('have the keys of a Secret without values', () => {
    const [secret] = objectsOfManifests([{ apiVersion: 'v1', kind: 'Secret', metadata }]);
    expect(secret?.object.data).toEqual({ password: '', url: '' });
  });

  it('have no keys for what only carries the annotation', () => {
    const [map] = objectsOfManifests([{ apiVersion: 'v1', kind: 'ConfigMap', metadata }]);
    expect(map?.object).not.toHaveProperty('data');
  });
});
