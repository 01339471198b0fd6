import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopQuestions } from './top-questions.ts';

function topOf(questions: Iterable<string>): [string, number][] {
  const top = new TopQuestions();
  for (const question of questions) top.note(question);
  return [...top.top()];
}

describe('the top questions', () => {
  it('are none before the first', () => {
    expect(topOf([])).toEqual([]);
  });

  it('are the most frequent, each with how often it was asked', () => {
    expect(topOf(['a', 'b', 'c', 'b', 'c', 'c'])).toEqual([
      ['c', 3],
      ['b', 2],
      ['a', 1],
    ]);
  });

  it('are never more than 20, and never count too many, whatever is asked', () => {
    const asked = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b', 'c')), { maxLength: 300 });
    fc.assert(
      fc.property(asked, (questions) => {
        const top = topOf(questions);
        expect(top.length).toBeLessThanOrEqual(20);
        expect(top.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(questions.length);
      }),
    );
  });

  it('hold what is a 20th of all, among thousands that are asked once, in any order', () => {
    const others = fc.integer({ min: 1000, max: 3000 });
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 158, maxLength: 158 });
    fc.assert(
      fc.property(others, places, (count, at) => {
        const questions = Array.from({ length: count }, (_, index) => `question ${index}`);
        for (const place of at) questions.splice(Math.floor(place * questions.length), 0, 'the frequent one');
        const top = new Map(topOf(questions));
        const shown = top.get('the frequent one');
        expect(shown).toBeGreaterThan(0);
        expect(shown).toBeLessThanOrEqual(at.length);
        expect(top.size).toBeLessThanOrEqual(20);
      }),
      { numRuns: 10 },
    );
  });

  it('are exact among 500 different ones', () => {
    const once = Array.from({ length: 499 }, (_, index) => `once ${index}`);
    expect(topOf(['twice', 'twice', ...once])[0]).toEqual(['twice', 2]);
  });

  it('give up the rarest for a new one, with the count that it took over left out', () => {
    const rare = Array.from({ length: 500 }, (_, index) => `rare ${index}`);
    const top = topOf([...rare, ...rare.slice(1), 'new', 'new', 'new']);
    expect(top[0]).toEqual(['new', 3]);
    expect(top).toHaveLength(20);
  });

  it.each([
    ['is cut at 80 characters', 'x'.repeat(100), 'x'.repeat(80)],
    ['is cut between characters', '🦜'.repeat(100), '🦜'.repeat(80)],
    ['is put on one line', ' what\n\tis  this ', 'what is this'],
    ['shows no secret', 'my api_key=abcdef123456 works?', 'my api_key=[redacted] works?'],
    [
      'shows no part of a secret at its end',
      `${'x'.repeat(70)} eyJhbGciOiJIUzI1NiJ9.e30.x`,
      `${'x'.repeat(70)} [redacted`,
    ],
    ['is valid Unicode', 'half \ud83e', 'half \ufffd'],
  ])('of which each %s', (_, question, shown) => {
    expect(topOf([question])).toEqual([[shown, 1]]);
  });
});
