import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seconds } from '../promql/duration.ts';
import { burnRates, errorBudget } from './burn-rates.ts';

const factors = (windowDays: number) => burnRates({ target: 0.999, windowDays }).map(({ factor }) => factor);

describe('burn rates', () => {
  test('are those of the workbook for 30 days', () => {
    const rates = burnRates({ target: 0.999, windowDays: 30 });
    expect(rates.map(({ severity, factor, long, short }) => [severity, factor, long, short])).toEqual([
      ['critical', 14.4, '1h', '5m'],
      ['critical', 6, '6h', '30m'],
      ['warning', 3, '1d', '2h'],
      ['warning', 1, '3d', '6h'],
    ]);
  });

  test.each([
    [28, [13.44, 5.6, 2.8, 28 / 30]],
    [7, [3.36, 1.4, 0.7, 7 / 30]],
    [90, [43.2, 18, 9, 3]],
  ])('over %d days spend the same share of the budget in the same time', (windowDays, expected) => {
    for (const [place, factor] of factors(windowDays).entries()) expect(factor).toBeCloseTo(expected[place] ?? NaN, 10);
  });

  test('spend 2, 5, 10 and 10 per cent of any budget in their long windows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 365 }), (windowDays) => {
        const spent = burnRates({ target: 0.9999, windowDays }).map(
          ({ factor, long }) => (factor * seconds(long)) / (windowDays * 86_400),
        );
        for (const [place, share] of [0.02, 0.05, 0.1, 0.1].entries()) expect(spent[place]).toBeCloseTo(share, 9);
      }),
    );
  });

  test('have short windows of a twelfth of the long ones', () => {
    for (const { long, short } of burnRates({ target: 0.999, windowDays: 30 })) {
      expect(seconds(long) / seconds(short)).toBe(12);
    }
  });

  test('go from the fastest to the slowest, over ever longer windows that hold as many hours as they say', () => {
    const rates = burnRates({ target: 0.95, windowDays: 30 });
    for (const { long, hours } of rates) expect(seconds(long)).toBe(hours * 3600);
    const of = (get: (rate: (typeof rates)[number]) => number) => rates.map(get);
    expect(of(({ factor }) => factor)).toEqual(of(({ factor }) => factor).toSorted((a, b) => b - a));
    expect(of(({ long }) => seconds(long))).toEqual(of(({ long }) => seconds(long)).toSorted((a, b) => a - b));
    expect(of(({ short }) => seconds(short))).toEqual(of(({ short }) => seconds(short)).toSorted((a, b) => a - b));
  });

  test('are refused where even nothing but bad events would be too slow', () => {
    expect(() => burnRates({ target: 0.9, windowDays: 30 })).toThrow(
      'target: a budget of 0.1 cannot burn 14.4 times as fast as it may over 30 days',
    );
  });

  test('are refused where the budget lasts no longer than they measure', () => {
    expect(() => burnRates({ target: 0.999, windowDays: 3 })).toThrow('windowDays: 3 is no longer than the 3d');
  });
});

test.each([
  [0.999, 0.001],
  [0.9995, 0.0005],
  [0.95, 0.05],
  [0.99, 0.01],
])('the budget of %d is %d, without the errors of binary arithmetic', (target, budget) => {
  expect(errorBudget(target)).toBe(budget);
});
