import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { compareFields, compareManifests } from './compare.ts';
import type { Manifest } from './manifest.ts';

const object = (spec: unknown, kind = 'Some'): Manifest => ({ apiVersion: 'v1', kind, metadata: { name: 'it' }, spec });
const fields = (before: unknown, after: unknown) =>
  compareFields(object(before), object(after)).map(({ path, before: a, after: b }) => [path, a, b]);

describe('two manifests of one object', () => {
  it('differ in fields, each with its path, in the order of the paths', () => {
    expect(fields({ b: 1, a: { c: 'x' }, gone: true }, { b: 2, a: { c: 'y' }, come: [] })).toEqual([
      ['spec.a.c', 'x', 'y'],
      ['spec.b', 1, 2],
      ['spec.come', undefined, []],
      ['spec.gone', true, undefined],
    ]);
  });

  it('quote a key that is no name', () => {
    expect(fields({ 'a.b/c': 1 }, { 'a.b/c': 2 })).toEqual([['spec["a.b/c"]', 1, 2]]);
  });

  it.each(['name', 'mountPath', 'containerPort', 'port', 'key', 'job_name', 'model_name', 'alert', 'record'])(
    'have lists whose elements are found by their %s',
    (key) => {
      const list = (...elements: [number, string][]) => elements.map(([id, value]) => ({ [key]: id, value }));
      expect(fields(list([1, 'a'], [2, 'b'], [3, 'c']), list([1, 'a'], [3, 'x'], [4, 'd']))).toEqual([
        ['spec[2]', { [key]: 2, value: 'b' }, undefined],
        ['spec[3].value', 'c', 'x'],
        ['spec[4]', undefined, { [key]: 4, value: 'd' }],
      ]);
    },
  );

  it('differ when only the order of a list does, which matters to containers that prepare and to routes', () => {
    const list = (...names: string[]) => names.map((name) => ({ name }));
    expect(fields(list('a', 'b', 'c'), list('b', 'a', 'c'))).toEqual([['spec', ['a', 'b', 'c'], ['b', 'a', 'c']]]);
    expect(fields(list('a', 'b'), list('a', 'new', 'b'))).toEqual([['spec[new]', undefined, { name: 'new' }]]);
  });

  it('have lists of plain values, which are shown whole, and others by place', () => {
    expect(fields(['a', 'b'], ['a', 'c'])).toEqual([['spec', ['a', 'b'], ['a', 'c']]]);
    expect(fields([{ x: 1 }, { x: 2 }], [{ x: 1 }])).toEqual([['spec[1]', { x: 2 }, undefined]]);
    const alike = [
      { name: 1, x: 1 },
      { name: '1', x: 1 },
    ];
    expect(fields(alike, [{ name: 1, x: 2 }, alike[1]])).toEqual([['spec[0].x', 1, 2]]);
    const twice = [
      { name: 'a', x: 1 },
      { name: 'a', x: 2 },
    ];
    expect(fields(twice, [twice[0], { name: 'a', x: 3 }])).toEqual([['spec[1].x', 2, 3]]);
  });

  it('are looked into where text is JSON or YAML, and shown as text where it is not', () => {
    const yaml = (value: unknown) => stringify(value);
    expect(fields({ f: yaml({ a: { b: 1 } }) }, { f: yaml({ a: { b: 2 } }) })).toEqual([['spec.f.a.b', 1, 2]]);
    expect(fields({ f: '{"a":[1]}' }, { f: '{"a":[1,2]}' })).toEqual([['spec.f.a', [1], [1, 2]]]);
    expect(fields({ f: 'a: 1\n' }, { f: 'a: {\n' })).toEqual([['spec.f', 'a: 1\n', 'a: {\n']]);
    expect(fields({ f: 'a: 1 # x\n' }, { f: 'a: 1 # y\n' })).toEqual([['spec.f', 'a: 1 # x\n', 'a: 1 # y\n']]);
    expect(fields({ f: 'yes' }, { f: 'no' })).toEqual([['spec.f', 'yes', 'no']]);
  });

  it('tell a number from the text of it', () => {
    expect(fields({ port: 80 }, { port: '80' })).toEqual([['spec.port', 80, '80']]);
  });

  const leaf = fc.oneof(
    fc.constantFrom('a', 'b', '1', 'x: 1\n', 'x: 2\n', '{"x":1}'),
    fc.integer({ max: 2 }),
    fc.boolean(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('name', 'port', 'a', 'b.c'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));

  it('differ in something exactly when they are not equal', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(fields(before, before)).toEqual([]);
        expect(fields(before, after).length === 0, JSON.stringify([before, after])).toBe(
          isDeepStrictEqual(before, after),
        );
      }),
    );
  });

  it('differ the same way from either side', () => {
    const swapped = (changes: unknown[][]) => changes.map(([path, a, b]) => [path, b, a]);
    const sorted = (changes: unknown[][]) => changes.map((change) => JSON.stringify(change)).sort();
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sorted(swapped(fields(b, a)))).toEqual(sorted(fields(a, b)));
      }),
    );
  });
});

describe('two renders', () => {
  const named = (name: string, changes: object = {}): Manifest => ({ ...object(1), metadata: { name }, ...changes });
  const compared = (before: Manifest[], after: Manifest[]) => {
    const { added, removed, changed } = compareManifests(before, after);
    return [added.length, removed.length, changed.length];
  };

  it('have the same object by group, kind, namespace and name', () => {
    const one = named('a', { apiVersion: 'apps/v1' });
    expect(compared([one], [one])).toEqual([0, 0, 0]);
    expect(compared([one], [{ ...one, apiVersion: 'apps/v2' }])).toEqual([0, 0, 1]);
    expect(compared([one], [{ ...one, apiVersion: 'other/v1' }])).toEqual([1, 1, 0]);
    expect(compared([one], [{ ...one, kind: 'Other' }])).toEqual([1, 1, 0]);
    expect(compared([one], [named('b', { apiVersion: 'apps/v1' })])).toEqual([1, 1, 0]);
    expect(compared([one], [{ ...one, metadata: { name: 'a', namespace: 'other' } }])).toEqual([1, 1, 0]);
  });

  it('are compared whatever the order of their objects', () => {
    const [a, b] = [named('a'), named('b')];
    expect(compared([a, b], [b, a])).toEqual([0, 0, 0]);
  });
});
