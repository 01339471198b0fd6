import { describe, expect, it } from 'vitest';
import { groupOf, namespaceOf, titleOf } from './object.ts';

describe('an object', () => {
  it('is called by its kind, namespace and name', () => {
    expect(titleOf({ kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } })).toBe('Deployment shop/web');
    expect(titleOf({ kind: 'Namespace', metadata: { name: 'shop' } })).toBe('Namespace shop');
    expect(titleOf({ kind: 'Service', metadata: { namespace: 'shop' } })).toBe('Service shop/(named by Pulumi)');
    expect(titleOf({})).toBe('object (named by Pulumi)');
  });

  it('is in the namespace that it names, or in that of Kubernetes', () => {
    expect(namespaceOf({ metadata: { namespace: 'shop' } })).toBe('shop');
    expect([{}, { metadata: {} }, { metadata: { namespace: '' } }].map(namespaceOf)).toEqual([
      'default',
      'default',
      'default',
    ]);
  });

  it('is of the group before the slash', () => {
    expect(groupOf({ apiVersion: 'apps/v1' })).toBe('apps');
    expect(groupOf({ apiVersion: 'v1' })).toBe('');
    expect(groupOf({})).toBe('');
  });
});
