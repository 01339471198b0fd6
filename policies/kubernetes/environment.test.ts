import { describe, expect, it } from 'vitest';
import { variableOf } from './environment.ts';
import { Inventory } from './inventory.ts';
import type { Container } from './pod.ts';

const configMap = (name: string, data: Readonly<Record<string, string>>, namespace = 'shop') => ({
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data },
  source: name,
});
const program = new Inventory([
  configMap('first', { DRAIN: '1' }),
  configMap('second', { DRAIN: '2' }),
  configMap('third', { OTHER: '3' }),
  configMap('elsewhere', { DRAIN: '4' }, 'other'),
]);
const drainOf = (container: Partial<Container>) => variableOf({ name: 'web', ...container }, 'DRAIN', program, 'shop');
const from = (...names: readonly string[]) => names.map((name) => ({ configMapRef: { name } }));

describe('a variable of a container', () => {
  it('comes from the last ConfigMap that has it', () => {
    expect(drainOf({ envFrom: from('first') })).toBe('1');
    expect(drainOf({ envFrom: from('first', 'second', 'third') })).toBe('2');
  });

  it('is first of all the container’s own', () => {
    expect(drainOf({ envFrom: from('first'), env: [{ name: 'DRAIN', value: '9' }] })).toBe('9');
    expect(
      drainOf({
        env: [
          { name: 'DRAIN', value: '8' },
          { name: 'DRAIN', value: '9' },
        ],
      }),
    ).toBe('9');
  });

  it('may be a key of a ConfigMap under another name', () => {
    const valueFrom = { configMapKeyRef: { name: 'third', key: 'OTHER' } };
    expect(drainOf({ env: [{ name: 'DRAIN', valueFrom }] })).toBe('3');
  });

  it('has the prefix that is put before the keys', () => {
    const prefixed = { prefix: 'DR', configMapRef: { name: 'short' } };
    const short = new Inventory([configMap('short', { AIN: '5', DRAIN: '6' })]);
    expect(variableOf({ name: 'web', envFrom: [prefixed] }, 'DRAIN', short, 'shop')).toBe('5');
  });

  it('is not known where no ConfigMap of the namespace has it, or a Secret does', () => {
    expect(drainOf({ envFrom: from('third', 'elsewhere', 'none') })).toBeUndefined();
    expect(drainOf({ envFrom: [{ secretRef: { name: 'first' } }] })).toBeUndefined();
    expect(drainOf({})).toBeUndefined();
  });
});
