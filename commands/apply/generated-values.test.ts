import { describe, expect, test } from 'vitest';
import { pretendedPassword } from '../../infra/render/collect.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { generatedValues, withValues } from './generated-values.ts';

const plain = (base64: unknown) => Buffer.from(String(base64), 'base64').toString();

describe('generatedValues', () => {
  test('makes values of the lengths asked for, of letters and digits, each another', () => {
    const values = generatedValues(
      new Map([
        ['a-1', 32],
        ['b-1', 64],
      ]),
      new Map(),
    );
    expect([...values.keys()]).toEqual(['a-1', 'b-1']);
    expect(values.get('a-1')).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(values.get('b-1')).toMatch(/^[A-Za-z0-9]{64}$/);
    expect(values.get('b-1')).not.toContain(values.get('a-1'));
  });

  test('keeps what there is, and drops what is not asked for any more', () => {
    const rotated = generatedValues(
      new Map([
        ['a-2', 32],
        ['a-3', 32],
      ]),
      new Map([
        ['a-1', 'first'],
        ['a-2', 'second'],
      ]),
    );
    expect([...rotated.keys()]).toEqual(['a-2', 'a-3']);
    expect(rotated.get('a-2')).toBe('second');
  });
});

describe('withValues', () => {
  const values = new Map([
    ['redis-auth-password-1', 'x1'],
    ['redis-auth-password-10', 'x10'],
  ]);
  const secret = (stringData: object): Manifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData,
  });

  test('puts values where the program has names, wherever in a text they are', () => {
    const text = `user default on >${pretendedPassword('redis-auth-password-10')} ${pretendedPassword('redis-auth-password-1')}`;
    const { data, stringData } = withValues(secret({ 'auth.conf': text }), values);
    expect(plain((data as Record<string, string>)['auth.conf'])).toBe('user default on >x10 x1');
    expect(stringData).toBeUndefined();
  });

  test('leaves what a user gave as it is', () => {
    const { data } = withValues(secret({ key: 'sk-<own>$&' }), values);
    expect(plain((data as Record<string, string>)['key'])).toBe('sk-<own>$&');
  });

  test('leaves other objects alone', () => {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { a: '<redis-auth-password-1>' },
    };
    expect(withValues(configMap, values)).toBe(configMap);
  });
});
