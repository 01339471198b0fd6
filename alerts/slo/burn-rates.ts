import type { Slo } from '../../service/contract/slo.ts';
import type { Severity } from '../rule.ts';

/**
 * Shares of the error budget that may be spent within a long window before somebody hears of it, and the short window that
 * tells whether it is still being spent: https://sre.google/workbook/alerting-on-slos/, table 5-8. For a budget of 30 days the
 * burn rates are 14.4, 6, 3 and 1.
 */
const budgetShares = [
  { severity: 'critical', long: '1h', hours: 1, short: '5m', budgetShare: 0.02 },
  { severity: 'critical', long: '6h', hours: 6, short: '30m', budgetShare: 0.05 },
  { severity: 'warning', long: '1d', hours: 24, short: '2h', budgetShare: 0.1 },
  { severity: 'warning', long: '3d', hours: 72, short: '6h', budgetShare: 0.1 },
] as const satisfies readonly { readonly severity: Severity; readonly [field: string]: unknown }[];

/** How fast an error budget may be spent. */
export type BurnRate = (typeof budgetShares)[number] & {
  /** How many times faster than evenly over the objective's window. */
  readonly factor: number;
};

/**
 * The burn rates at which the alerts of an objective fire, from the fastest to the slowest.
 *
 * @throws {RangeError} when one of them could never be reached, or reaches over more days than the budget lasts.
 */
export function burnRates({ target, windowDays }: Pick<Slo, 'target' | 'windowDays'>): BurnRate[] {
  const rates = budgetShares.map((each) => ({
    ...each,
    factor: decimal((each.budgetShare * windowDays * 24) / each.hours),
  }));
  const budget = errorBudget(target);
  for (const { long, hours, factor } of rates) {
    if (hours >= windowDays * 24) {
      throw new RangeError(`windowDays: ${windowDays} is no longer than the ${long} over which its burn is measured`);
    }
    if (factor * budget >= 1) {
      const problem = `a budget of ${budget} cannot burn ${factor} times as fast as it may over ${windowDays} days`;
      throw new RangeError(`target: ${problem}, since that is more than all events; raise target or lower windowDays`);
    }
  }
  return rates;
}

/** Share of the events that may be bad: 0.001 for 0.999. */
export const errorBudget = (target: number): number => decimal(1 - target);

/** Without the last digits, which are errors of binary arithmetic: 1 - 0.999 is 0.0010000000000000009 there. */
const decimal = (value: number): number => Number(value.toPrecision(12));
