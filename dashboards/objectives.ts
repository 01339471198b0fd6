import { burnRates, errorBudget } from '../alerts/slo/burn-rates.ts';
import { slos, type SloName } from '../service/contract/slos.ts';
import type { Limits } from './panel.ts';

/** Yellow where more events are bad than the objective allows in the long run, red where its fastest alert pages. */
export function badShareLimits(name: SloName): Limits {
  const { promised, pages } = badShares(name);
  return { bad: 'above', warning: promised, critical: pages };
}

/** The same for the share of good events. */
export function goodShareLimits(name: SloName): Limits {
  const { promised, pages } = badShares(name);
  return { bad: 'below', warning: rounded(1 - promised), critical: rounded(1 - pages) };
}

/** Yellow where the error budget is spent faster than it lasts, red where the fastest alert pages. */
export const burnRateLimits = (name: SloName): Limits => ({
  bad: 'above',
  warning: 1,
  critical: fastestBurn(name),
});

/** A line at the bound that most observations have to keep, in the unit of the objective's histogram. */
export function boundLimits(name: SloName): Limits {
  const { indicator } = slos[name];
  if (indicator.kind !== 'bound') throw new Error(`the objective ${name} has no bound`);
  return { bad: 'above', critical: indicator.bound };
}

function badShares(name: SloName): { readonly promised: number; readonly pages: number } {
  const promised = errorBudget(slos[name].target);
  return { promised, pages: rounded(promised * fastestBurn(name)) };
}

const fastestBurn = (name: SloName): number => Math.max(...burnRates(slos[name]).map(({ factor }) => factor));

/** Without what binary fractions add. */
const rounded = (value: number): number => Number(value.toPrecision(12));
