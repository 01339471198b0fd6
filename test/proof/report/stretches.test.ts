import { expect, test } from 'vitest';
import { stretchesOf } from './stretches.ts';

const looks = (...states: number[]) => states.map((state, index) => ({ at: index * 10, state }));
const open = ({ state }: { state: number }) => state === 1;

test('something lasts from the look that sees it to the first that does not', () => {
  expect(stretchesOf(looks(0, 1, 1, 0, 1, 0), 100, open)).toEqual([
    { from: 10, to: 30 },
    { from: 40, to: 50 },
  ]);
});

test('what is still so at the last look lasts until the end', () => {
  expect(stretchesOf(looks(0, 1), 100, open)).toEqual([{ from: 10, to: 100 }]);
  expect(stretchesOf(looks(0, 0), 100, open)).toEqual([]);
  expect(stretchesOf([], 100, open)).toEqual([]);
});
