import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { GuardRails } from './guard-rails.ts';

interface Bounds {
  readonly max_error_ratio: number;
  readonly max_cost_usd?: number;
  readonly min_sample: number;
}

function rails(weights: Readonly<Record<string, number>>, bounds: Partial<Bounds> = {}) {
  const onStop = vi.fn<(variant: string, reason: string) => void>();
  const variants = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, { weight, models: {} }]));
  const guard_rails = { max_error_ratio: 0.2, min_sample: 50, ...bounds };
  return { guardRails: new GuardRails({ variants, guard_rails }, onStop), onStop };
}

const good = { failed: false, costUsd: 0.001 };
const bad = { failed: true, costUsd: 0 };

function record(guardRails: GuardRails, variant: string, outcome: { failed: boolean; costUsd: number }, times: number) {
  for (let time = 0; time < times; time += 1) guardRails.record(variant, outcome);
}

describe('a variant', () => {
  it('is stopped once, when the ratio of its failures reaches the bound', () => {
    const { guardRails, onStop } = rails({ a: 1, b: 1 });
    record(guardRails, 'a', good, 40);
    record(guardRails, 'a', bad, 9);
    expect(guardRails.stopped.size).toBe(0);
    record(guardRails, 'a', bad, 1);
    record(guardRails, 'a', bad, 10);

    expect([...guardRails.stopped]).toEqual(['a']);
    expect(onStop.mock.calls).toEqual([['a', 'failed 10 of its last 50 questions; the bound is a ratio of 0.2']]);
  });

  it('is not judged before the smallest sample', () => {
    const { guardRails } = rails({ a: 1, b: 1 }, { min_sample: 20 });
    record(guardRails, 'a', bad, 19);
    expect(guardRails.stopped.size).toBe(0);
    record(guardRails, 'a', bad, 1);

    expect([...guardRails.stopped]).toEqual(['a']);
  });

  it('is stopped when the mean cost of its questions reaches the bound', () => {
    const { guardRails, onStop } = rails({ a: 1, b: 1 }, { max_cost_usd: 0.5, min_sample: 4 });
    for (const costUsd of [0, 0.5, 0.5, 0.75]) guardRails.record('a', { failed: false, costUsd });
    expect(guardRails.stopped.size).toBe(0);
    guardRails.record('a', { failed: false, costUsd: 0.75 });

    expect(onStop.mock.calls).toEqual([['a', 'cost 0.5 US dollars a question over the last 5; the bound is 0.5']]);
  });

  it('is not stopped by cost where there is no bound', () => {
    const { guardRails } = rails({ a: 1, b: 1 }, { min_sample: 1 });
    record(guardRails, 'a', { failed: false, costUsd: 1_000_000 }, 10);

    expect(guardRails.stopped.size).toBe(0);
  });

  it('is judged by its last 500 questions', () => {
    const { guardRails } = rails({ a: 1, b: 1 }, { max_error_ratio: 0.5 });
    record(guardRails, 'a', good, 10_000);
    record(guardRails, 'a', bad, 249);
    expect(guardRails.stopped.size).toBe(0);
    record(guardRails, 'a', bad, 1);

    expect([...guardRails.stopped]).toEqual(['a']);
  });

  it('is forgiven what is longer ago', () => {
    const { guardRails } = rails({ a: 1, b: 1 }, { max_error_ratio: 0.5, max_cost_usd: 1 });
    const dear = { failed: true, costUsd: 4 };
    for (let round = 0; round < 5; round += 1) {
      record(guardRails, 'a', good, 400);
      record(guardRails, 'a', dear, 100);
    }
    record(guardRails, 'a', good, 500);
    record(guardRails, 'a', dear, 124);

    expect(guardRails.stopped.size).toBe(0);
    record(guardRails, 'a', dear, 1);
    expect([...guardRails.stopped]).toEqual(['a']);
  });

  it('is judged by more where the smallest sample is more', () => {
    const { guardRails } = rails({ a: 1, b: 1 }, { min_sample: 2_000, max_error_ratio: 1 });
    record(guardRails, 'a', bad, 1_999);
    expect(guardRails.stopped.size).toBe(0);
    record(guardRails, 'a', bad, 1);

    expect([...guardRails.stopped]).toEqual(['a']);
  });

  it('is not blamed for another', () => {
    const { guardRails } = rails({ a: 1, b: 1 });
    record(guardRails, 'a', bad, 500);
    record(guardRails, 'b', good, 500);

    expect([...guardRails.stopped]).toEqual(['a']);
  });

  it('is not stopped by an outage, in which every variant fails alike', () => {
    const { guardRails } = rails({ a: 1, b: 1 });
    for (let time = 0; time < 500; time += 1) {
      guardRails.record('a', bad);
      guardRails.record('b', bad);
    }
    expect(guardRails.stopped.size).toBe(0);
    record(guardRails, 'b', good, 400);
    record(guardRails, 'a', bad, 1);
    expect([...guardRails.stopped]).toEqual(['a']);
  });

  it('must be one that is configured', () => {
    expect(() => rails({ a: 1 }).guardRails.record('z', good)).toThrow('there is no variant "z"');
  });
});

describe('the last variant', () => {
  it('is never stopped, be it the only one or the only one left', () => {
    const single = rails({ a: 1 });
    record(single.guardRails, 'a', bad, 1_000);
    const left = rails({ a: 1, b: 1 });
    record(left.guardRails, 'b', bad, 100);
    record(left.guardRails, 'a', bad, 1_000);

    expect(single.guardRails.stopped.size).toBe(0);
    expect(single.onStop).not.toHaveBeenCalled();
    expect([...left.guardRails.stopped]).toEqual(['b']);
  });

  it('is the last with a weight: one without is not chosen in its place', () => {
    const { guardRails } = rails({ a: 1, preview: 0 });
    record(guardRails, 'preview', bad, 1_000);
    record(guardRails, 'a', bad, 1_000);

    expect([...guardRails.stopped]).toEqual(['preview']);
  });

  it('is left whatever happens', () => {
    const outcomes = fc.record({ failed: fc.boolean(), costUsd: fc.double({ min: 0, max: 2, noNaN: true }) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), outcomes), { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        (records, min_sample) => {
          const { guardRails, onStop } = rails({ a: 1, b: 2, c: 3 }, { min_sample, max_cost_usd: 1 });
          for (const [variant, outcome] of records) guardRails.record(variant, outcome);

          expect(guardRails.stopped.size).toBeLessThan(3);
          expect(onStop.mock.calls.map(([variant]) => variant)).toEqual([...guardRails.stopped]);
        },
      ),
    );
  });
});
