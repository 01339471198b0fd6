import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmpty, selects, type LabelSelector } from './selector.ts';

const key = fc.constantFrom('app', 'tier', 'constructor', '__proto__');
const value = fc.constantFrom('', 'web', 'store');
const labels = fc.array(fc.tuple(key, value)).map((entries) => Object.fromEntries(entries));
const expression = fc.record({
  key,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(value, { minLength: 1 }),
});
const selector = fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 3 }) });

describe('a selector', () => {
  it('selects everything when it is empty, and nothing when it is away', () => {
    fc.assert(
      fc.property(labels, (given) => {
        expect(selects({}, given)).toBe(true);
        expect(selects(undefined, given)).toBe(false);
      }),
    );
  });

  it('selects what has all its labels, whatever else it has', () => {
    fc.assert(
      fc.property(labels, labels, (wanted, others) => {
        expect(selects({ matchLabels: wanted }, { ...others, ...wanted })).toBe(true);
      }),
    );
  });

  it('selects nothing that lacks one of its labels', () => {
    expect(selects({ matchLabels: { app: 'web', tier: 'front' } }, { app: 'web' })).toBe(false);
    expect(selects({ matchLabels: { app: 'web' } }, { app: 'website' })).toBe(false);
    expect(selects({ matchLabels: { app: 'web' } })).toBe(false);
  });

  it('selects what each of its halves selects', () => {
    fc.assert(
      fc.property(selector, selector, labels, (a, b, given) => {
        const both: LabelSelector = {
          matchExpressions: [...asExpressions(a), ...asExpressions(b)],
        };
        expect(selects(both, given)).toBe(selects(a, given) && selects(b, given));
      }),
    );
  });

  it('says with NotIn the opposite of In, and with DoesNotExist that of Exists', () => {
    fc.assert(
      fc.property(key, fc.array(value, { minLength: 1 }), labels, (of, values, given) => {
        const holds = (operator: string) => selects({ matchExpressions: [{ key: of, operator, values }] }, given);
        expect(holds('NotIn')).toBe(!holds('In'));
        expect(holds('DoesNotExist')).toBe(!holds('Exists'));
      }),
    );
  });

  it('takes NotIn as met where there is no such label', () => {
    const notWeb = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] };
    expect([{}, { app: 'store' }, { app: 'web' }].map((given) => selects(notWeb, given))).toEqual([true, true, false]);
  });

  it('knows labels only, not what every object has', () => {
    expect(selects({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {})).toBe(false);
  });

  it('selects nothing by an operator that there is not', () => {
    expect(selects({ matchExpressions: [{ key: 'app', operator: 'Like', values: ['web'] }] }, { app: 'web' })).toBe(
      false,
    );
  });

  it('is empty without labels and expressions', () => {
    expect([{}, { matchLabels: {} }, { matchLabels: {}, matchExpressions: [] }].every(isEmpty)).toBe(true);
    expect(isEmpty({ matchLabels: { app: 'web' } })).toBe(false);
    expect(isEmpty({ matchExpressions: [{ key: 'app', operator: 'Exists' }] })).toBe(false);
  });
});

/** The same selector in the other notation. */
const asExpressions = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector) => [
  ...Object.entries(matchLabels).map(([of, wanted]) => ({ key: of, operator: 'In', values: [wanted] })),
  ...matchExpressions,
];
