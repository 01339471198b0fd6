import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprintOf } from './fingerprints.ts';

it('a fingerprint is the same whatever the order of names', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.float({ noNaN: true })), (payload, vector) => {
      const reversed = Object.fromEntries(Object.entries(payload).reverse());
      expect(fingerprintOf({ id: 1, payload: { inner: reversed }, vector })).toEqual(
        fingerprintOf({ id: 1, vector, payload: { inner: payload } }),
      );
    }),
  );
});

it.each([
  ['a payload', { id: 1, payload: { a: [1, 2] }, vector: [1] }],
  ['the order in a list', { id: 1, payload: { a: [2, 1, 3] }, vector: [1] }],
  ['a vector', { id: 1, payload: { a: [1, 2, 3] }, vector: [1.0000001] }],
])('a fingerprint tells another %s', (_, other) => {
  const { sha256 } = fingerprintOf({ id: 1, payload: { a: [1, 2, 3] }, vector: [1] });
  expect(fingerprintOf(other).sha256).not.toBe(sha256);
});
