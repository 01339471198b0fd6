import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evictable, type DisruptionBudget } from './disruption-budget.ts';

const copies = fc.integer({ min: 1, max: 200 });
const percent = fc.integer({ min: 0, max: 100 });
const limit = fc.oneof(
  fc.nat(250),
  percent.map((share) => `${share}%`),
);
const budget: fc.Arbitrary<DisruptionBudget> = fc.oneof(
  limit.map((minAvailable) => ({ minAvailable })),
  limit.map((maxUnavailable) => ({ maxUnavailable })),
);

describe('a disruption budget', () => {
  it('lets so many be evicted as it demands, and not one more', () => {
    fc.assert(
      fc.property(budget, copies, (given, all) => {
        const most = evictable(given, all) ?? Number.NaN;
        expect(most).toBeGreaterThanOrEqual(0);
        if (most > 0) expect(isAllowed(given, all, most)).toBe(true);
        expect(most === all || !isAllowed(given, all, most + 1)).toBe(true);
      }),
    );
  });

  it('lets no fewer be evicted where there are more copies', () => {
    fc.assert(
      fc.property(budget, copies, (given, all) => {
        expect(evictable(given, all + 1)).toBeGreaterThanOrEqual(evictable(given, all) ?? Number.NaN);
      }),
    );
  });

  // The example of Kubernetes' documentation: half of 7 is 4, of those that must be there and of those that may be away.
  it.each([
    [{ minAvailable: '50%' }, 7, 3],
    [{ maxUnavailable: '50%' }, 7, 4],
    [{ maxUnavailable: '1%' }, 1, 1],
    [{ minAvailable: '1%' }, 1, 0],
    [{ minAvailable: '100%' }, 9, 0],
    [{ maxUnavailable: '0%' }, 9, 0],
    [{ minAvailable: 5 }, 3, 0],
    [{ maxUnavailable: 5 }, 3, 3],
    [{}, 3, 0],
  ])('of %o over %d copies lets %d be evicted', (given, all, expected) => {
    expect(evictable(given, all)).toBe(expected);
  });

  it('says nothing where it is neither a number nor a percentage', () => {
    expect(evictable({ minAvailable: 'half' }, 3)).toBeUndefined();
    expect(evictable({ maxUnavailable: '1' }, 3)).toBeUndefined();
  });
});

/** By the definition, in whole numbers: what is left is at least what must be there, rounded up, or the rest of what may be away. */
function isAllowed({ minAvailable, maxUnavailable = '0%' }: DisruptionBudget, all: number, evicted: number): boolean {
  const share = (value: string) => Number(value.slice(0, -1));
  if (typeof minAvailable === 'number') return all - evicted >= minAvailable;
  if (typeof minAvailable === 'string') return (all - evicted) * 100 >= share(minAvailable) * all;
  // Rounded up: one fewer would be under the share.
  if (typeof maxUnavailable === 'string') return (evicted - 1) * 100 < share(maxUnavailable) * all;
  return evicted <= maxUnavailable;
}
