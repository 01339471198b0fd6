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

  test('keeps what there is, also what is not asked for: a part that is off may come back', () => {
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
    expect([...rotated.keys()]).toEqual(['a-1', 'a-2', 'a-3']);
    expect([rotated.get('a-1'), rotated.get('a-2')]).toEqual(['first', 'second']);
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

  test('keeps what the Secret has as data already', () => {
    const encoded = Buffer.from('as it is').toString('base64');
    const { data } = withValues({ ...secret({ key: 'x' }), data: { other: encoded } }, values);
    expect(Object.entries(data as object).map(([key, text]) => [key, plain(text)])).toEqual([
      ['other', 'as it is'],
      ['key', 'x'],
    ]);
  });

  const name = pretendedPassword('redis-auth-password-10');
  const configMap = (text: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: { a: text },
  });

  test('leaves other objects alone', () => {
    expect(withValues(configMap('<other-1>'), values)).toEqual(configMap('<other-1>'));
  });

  test.each([
    ['another object', 'ConfigMap/c', configMap(`is ${name}`)],
    ['the data of a Secret', 'Secret/s', { ...secret({}), data: { a: Buffer.from(name).toString('base64') } }],
    ['the type of a Secret', 'Secret/s', { ...secret({}), type: name }],
  ])('refuses a name in %s, which would be applied as it is', (_, where, manifest) => {
    expect(() => withValues(manifest, values)).toThrow(`${where} has redis-auth-password-10 elsewhere than in`);
  });
});
