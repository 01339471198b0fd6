import { describe, expect, it } from 'vitest';
import { Inventory } from './inventory.ts';
import { madeSecrets } from './made-secrets.ts';
import type { KubernetesObject } from './object.ts';

function made(object: KubernetesObject) {
  const program = new Inventory([{ object: { ...object, metadata: { name: 'made', namespace: 'shop' } }, source: '' }]);
  return madeSecrets(program, 'shop').map((secret) => ({ name: secret.name, keys: secret.keys() }));
}

describe('the Secret that is made', () => {
  it.each([
    ['a Secret', { apiVersion: 'v1', kind: 'Secret', data: { a: '' }, stringData: { b: '' } }, 'made', ['a', 'b']],
    ['a Secret that is filled later', { apiVersion: 'v1', kind: 'Secret' }, 'made', undefined],
    [
      'an ExternalSecret',
      { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', spec: { data: [{ secretKey: 'a' }] } },
      'made',
      ['a'],
    ],
    [
      'a Certificate',
      { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', spec: { secretName: 'tls' } },
      'tls',
      undefined,
    ],
    [
      'a SealedSecret',
      {
        apiVersion: 'bitnami.com/v1alpha1',
        kind: 'SealedSecret',
        spec: { encryptedData: { a: 'x' }, template: { metadata: { name: 'sealed' }, data: { b: 'y' } } },
      },
      'sealed',
      ['a', 'b'],
    ],
    [
      'a SecretProviderClass',
      {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        spec: { secretObjects: [{ secretName: 'synced', data: [{ objectName: 'x', key: 'a' }] }] },
      },
      'synced',
      ['a'],
    ],
  ])('by %s has its name and keys', (_, object, name, keys) => {
    expect(made(object)).toEqual([{ name, keys }]);
  });

  it('is none where an ExternalSecret adds to one that is there', () => {
    const spec = { target: { creationPolicy: 'Merge' } };
    expect(made({ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', spec })).toEqual([]);
  });

  it.each([{ target: { template: {} } }, { dataFrom: [{}] }])('has keys that only the operator knows: %j', (more) => {
    const spec = { data: [{ secretKey: 'a' }], ...more };
    expect(made({ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', spec })).toEqual([
      { name: 'made', keys: undefined },
    ]);
  });

  it('is none where a SecretProviderClass is mounted alone', () => {
    const spec = { provider: 'vault' };
    expect(made({ apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind: 'SecretProviderClass', spec })).toEqual([]);
  });

  it('is none of an object of another group', () => {
    expect(made({ apiVersion: 'example.com/v1', kind: 'Secret' })).toEqual([]);
  });

  it('is asked for its keys only when they are needed', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
      get data(): never {
        throw new Error('not known in a preview');
      },
    };
    const [secret] = madeSecrets(new Inventory([{ object, source: '' }]), 'default');
    expect(secret?.name).toBe('a');
    expect(() => secret?.keys()).toThrow('not known');
  });
});
