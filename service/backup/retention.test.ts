import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlived, tooOld } from './retention.ts';
import { isWhole, isWholeSet, setName, type SavedCollection, type SnapshotSet } from './snapshot-set.ts';

/** A set with one collection of three shards, of which these are saved. */
function setOf(day: number, ...shards: number[][]): SnapshotSet {
  const name = setName(new Date(Date.UTC(2026, 0, day)));
  const files = shards.map((each, node) => ({ node: `qdrant-${node}`, key: '', bytes: 1, sha256: '', shards: each }));
  const saved = { shardCount: 3, points: { least: 1, most: 1 }, sample: [], files };
  return { format: 1, name, collections: { passages: saved }, failures: [] };
}

const whole = (day: number) => setOf(day, [0, 1], [1, 2], [2, 0]);
const partial = (day: number) => setOf(day, [0, 1]);
const empty = (day: number): SnapshotSet => ({ ...whole(day), collections: {} });
const nameOf = (day: number) => whole(day).name;

describe('a set', () => {
  it('is whole with one of three nodes missing, when each shard is on two of them', () => {
    expect(isWholeSet(setOf(1, [0, 1], [1, 2]))).toBe(true);
    expect(isWholeSet(setOf(1, [0, 1], [1, 0]))).toBe(false);
  });

  it('is not whole when nothing is known of a collection', () => {
    const nothing: SavedCollection = { shardCount: 0, points: { least: 0, most: 0 }, sample: [], files: [] };
    expect(isWhole(nothing)).toBe(false);
    expect(isWholeSet({ ...whole(1), collections: { ...whole(1).collections, other: nothing } })).toBe(false);
  });

  it('has a name that sorts by time', () => {
    const time = fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') });
    fc.assert(
      fc.property(time, time, (a, b) => {
        if (a.getTime() + 1000 <= b.getTime()) expect(setName(a) < setName(b)).toBe(true);
        expect(setName(a)).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
      }),
    );
  });
});

describe('of sets from the newest on', () => {
  it('those go that have so many whole or so many incomplete ones before them', () => {
    const sets = [partial(9), whole(8), partial(7), whole(6), partial(5), whole(4)];
    expect(tooOld(sets, 2).map(({ name }) => name.slice(0, 10))).toEqual(['2026-01-04', '2026-01-05']);
  });

  it('the newest whole one never goes, however many incomplete ones there are', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (kinds, keep) => {
        const sets = kinds.map((isGood, index) => (isGood ? whole : partial)(30 - index));
        const gone = new Set(tooOld(sets, keep));
        const left = sets.filter((set) => !gone.has(set));
        expect(left.filter(isWholeSet)).toEqual(sets.filter(isWholeSet).slice(0, keep));
        expect(left.length).toBeLessThanOrEqual(2 * keep);
      }),
    );
  });
});

describe('before a new set is written', () => {
  it('those go that failed or were abandoned before the newest whole one, and whole ones beyond those that are kept', () => {
    const sets = [partial(9), whole(8), partial(7), whole(6), partial(5), whole(4)];
    const abandoned = [nameOf(10), nameOf(3)];
    expect(outlived(sets, abandoned, 2)).toEqual([3, 4, 5, 7].map(nameOf));
    expect(outlived(sets, abandoned, 3)).toEqual([3, 5, 7].map(nameOf));
  });

  it('none goes for a set without collections, though that is whole', () => {
    expect(outlived([empty(9), partial(8), whole(7)], [nameOf(6)], 2)).toEqual([nameOf(6)]);
    expect(outlived([empty(9), partial(8)], [nameOf(6)], 1)).toEqual([]);
  });

  it('each that goes has a whole one after it, and the newest whole ones stay', () => {
    const kinds = fc.array(fc.constantFrom('whole', 'partial', 'abandoned'), { maxLength: 30 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 5 }), (kindOf, keep) => {
        const days = kindOf.map((kind, index) => ({ kind, day: 40 - index }));
        const of = (wanted: string) => days.filter(({ kind }) => kind === wanted).map(({ day }) => nameOf(day));
        const sets = days
          .filter(({ kind }) => kind !== 'abandoned')
          .map(({ kind, day }) => (kind === 'whole' ? whole : partial)(day));
        const [newest = '', ...others] = of('whole');
        const failed = [...of('partial'), ...of('abandoned')].filter((name) => name < newest);
        const gone = outlived(sets, of('abandoned'), keep);
        expect(gone).toEqual([...failed, ...others.slice(keep - 1)].sort());
      }),
    );
  });
});
