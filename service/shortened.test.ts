import { expect, it } from 'vitest';
import { shortened } from './shortened.ts';

it.each([
  ['that fits is left as it is', 'abcd', 'abcd'],
  ['that is longer ends in an ellipsis, which counts too', 'abcde', 'abc…'],
  ['is not cut within a character', 'ab🐧de', 'ab…'],
  ['may end in a whole character of two units', 'a🐧de', 'a🐧…'],
])('a text %s', (_what, text, expected) => {
  expect(shortened(text, 4)).toBe(expected);
});
