import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedTenant } from '../document-store.ts';
import { hashOf, noChunk, ownedBy, passagePayload, pointsOf, uuidOf, visibleTo } from './passages.ts';

const document = {
  tenant: 't',
  document: 'd',
  revision: 'r',
  hash: 'h',
  title: 'T',
  bytes: 3,
  updated_at: '2026-01-01T00:00:00.000Z',
};
const passage = (text: string) => ({ title: 'T', anchor: 'a', text });
const vector = new Float32Array([0.5, 0.25]);

describe('the points of a document', () => {
  it('are one for each passage, and say all that is known of it', () => {
    const points = pointsOf(document, [passage('one'), passage('two')], [vector, vector]);
    expect(points.map(({ payload }) => passagePayload.strict().parse(payload))).toEqual([
      { ...document, passage_title: 'T', anchor: 'a', text: 'one', chunk: 0, chunks: 2 },
      { ...document, passage_title: 'T', anchor: 'a', text: 'two', chunk: 1, chunks: 2 },
    ]);
    expect(JSON.parse(JSON.stringify(points[0]?.vector))).toEqual([0.5, 0.25]);
  });

  it('are the one that is never found for a document without passages', () => {
    const points = pointsOf(document, [passage('')], [vector]);
    expect(points.map(({ payload }) => [payload['chunk'], payload['chunks']])).toEqual([[noChunk, 0]]);
  });

  it('have the same IDs for the same revision, and others for any other tenant, document or revision', () => {
    const name = fc.constantFrom('a', 'b', 'a","b', 'a,b', '');
    const identity = fc.record({ tenant: name, document: name, revision: name });
    const idsOf = (same: object) =>
      pointsOf({ ...document, ...same }, [passage('x'), passage('y')], [vector, vector]).map(({ id }) => id);
    fc.assert(
      fc.property(identity, identity, (one, other) => {
        const ids = idsOf(one);
        expect(idsOf({ ...one, title: 'other', updated_at: 'later' })).toEqual(ids);
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(new Set([...ids, ...idsOf(other)]).size).toBe(same ? 2 : 4);
      }),
    );
  });
});

describe('an ID', () => {
  it('is a UUID of version 8', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(uuidOf(name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });
});

describe('a hash', () => {
  it('is short, and another one for another identity', () => {
    expect(hashOf('one')).toMatch(/^[0-9a-f]{32}$/);
    expect(hashOf('one')).not.toBe(hashOf('other'));
  });
});

describe('a filter', () => {
  const condition = { key: 'chunk', match: { value: 0 } } as const;

  it('of what a tenant owns names that tenant alone', () => {
    expect(ownedBy('t', condition)).toEqual({ must: [{ key: 'tenant', match: { value: 't' } }, condition] });
  });

  it('of what a tenant sees names the shared tenant too', () => {
    expect(visibleTo('t', condition)).toEqual({
      must: [{ key: 'tenant', match: { any: ['t', sharedTenant] } }, condition],
    });
  });
});
