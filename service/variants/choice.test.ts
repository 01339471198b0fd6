import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VariantChoice } from './choice.ts';

const variantsOf = (weights: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, { weight }]));

const none: ReadonlySet<string> = new Set();
const keys = Array.from({ length: 10_000 }, (_, index) => `session-${index}`);

/** Which variant each session gets. */
function choices(weights: Readonly<Record<string, number>>, stopped = none): string[] {
  const choice = new VariantChoice(variantsOf(weights), stopped);
  return keys.map((key) => choice.choose('acme', key));
}

const weightings = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.integer({ min: 1, max: 100 }), {
  minKeys: 2,
  maxKeys: 6,
});

describe('a session', () => {
  it('always gets the same variant, by whichever replica, in whichever order they are configured', () => {
    fc.assert(
      fc.property(weightings, fc.string(), fc.string(), (weights, tenant, key) => {
        const reversed = Object.fromEntries(Object.entries(weights).reverse());
        const chosen = new VariantChoice(variantsOf(weights), none).choose(tenant, key);

        expect(Object.keys(weights)).toContain(chosen);
        expect(new VariantChoice(variantsOf(reversed), none).choose(tenant, key)).toBe(chosen);
      }),
    );
  });

  it('keeps it when another one is stopped', () => {
    fc.assert(
      fc.property(weightings, fc.array(fc.string(), { minLength: 20 }), (weights, sessions) => {
        const [stopped = ''] = Object.keys(weights);
        const before = new VariantChoice(variantsOf(weights), none);
        const after = new VariantChoice(variantsOf(weights), new Set([stopped]));
        for (const session of sessions) {
          const chosen = before.choose('acme', session);
          if (chosen === stopped) expect(after.choose('acme', session)).not.toBe(stopped);
          else expect(after.choose('acme', session)).toBe(chosen);
        }
      }),
    );
  });

  it('keeps it, or goes to the one whose weight has grown', () => {
    const before = choices({ a: 1, b: 1, c: 1 });
    const after = choices({ a: 1, b: 1, c: 2 });
    const moved = after.filter((variant, index) => variant !== before[index]);

    expect(new Set(moved)).toEqual(new Set(['c']));
  });

  it('is known by its tenant too', () => {
    const choice = new VariantChoice(variantsOf({ a: 1, b: 1 }), none);
    const differing = keys.filter((key) => choice.choose('acme', key) !== choice.choose('other', key));

    expect(differing.length / keys.length).toBeGreaterThan(0.4);
    expect(choice.choose('a', 'bc')).toBeDefined();
  });
});

describe('variants', () => {
  it.each([[{ a: 1, b: 1 }], [{ a: 9, b: 1 }], [{ a: 1, b: 2, c: 3, d: 4 }], [{ a: 0.05, b: 0.95 }]])(
    'get their share of the sessions: %j',
    (weights) => {
      const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      const chosen = choices(weights);
      // Pearson's chi-square; 30 is far out for 3 degrees of freedom (p under 0.00001), and the sessions are fixed.
      let chiSquare = 0;
      for (const [name, weight] of Object.entries(weights)) {
        const expected = (keys.length * weight) / total;
        chiSquare += (chosen.filter((variant) => variant === name).length - expected) ** 2 / expected;
      }

      expect(chiSquare).toBeLessThan(30);
    },
  );

  it('take over the sessions of one that is stopped by their weights', () => {
    const before = choices({ a: 2, b: 1, c: 3 });
    const after = choices({ a: 2, b: 1, c: 3 }, new Set(['c']));
    const moved = after.filter((_variant, index) => before[index] === 'c');

    expect(moved.filter((variant) => variant === 'a').length / moved.length).toBeCloseTo(2 / 3, 1);
  });

  it('of weight 0 are never chosen', () => {
    expect(new Set(choices({ a: 1, b: 0, c: 1 }))).toEqual(new Set(['a', 'c']));
    expect(new Set(choices({ a: 1, b: 0 }, new Set(['a'])))).toEqual(new Set(['a']));
  });

  it('that are stopped later are seen to be', () => {
    const stopped = new Set<string>();
    const choice = new VariantChoice(variantsOf({ a: 1, b: 1 }), stopped);
    const session = keys.find((key) => choice.choose('acme', key) === 'a') ?? '';
    stopped.add('a');

    expect(choice.choose('acme', session)).toBe('b');
  });

  it('need a weight, one of them', () => {
    expect(() => new VariantChoice(variantsOf({ a: 0 }), none).choose('acme', 'x')).toThrow('no variant has a weight');
  });
});
