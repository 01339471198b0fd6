import type { Slo } from '../../service/contract/slo.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, Severity } from '../rule.ts';
import type { Scenarios } from '../scenario.ts';
import { burnRates, errorBudget, type BurnRate } from './burn-rates.ts';

/**
 * How many events at least must have been bad in the long window, whatever their share is. With ten questions an hour and a
 * promise of 99.9 %, one bad question is a burn rate of 100, and a matter of chance: nobody is woken for fewer than ten. Tickets
 * ask for five only, since ten bad ones would be more than the whole budget of a month of 7200 such questions.
 */
export const minimumBadEvents: Readonly<Record<Severity, number>> = { critical: 10, warning: 5 };

/** Name of an objective's alerts: `FirstTokenBudgetBurn` for `First token`. */
export function burnAlertName({ title }: Pick<Slo, 'title'>): string {
  const words = title.split(' ').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return `${words.join('')}BudgetBurn`;
}

/** The alerts on how fast the error budget of an objective burns, one for each burn rate. */
export function burnAlerts(name: string, slo: Slo, promql: Promql): AlertDraft[] {
  return burnRates(slo).map((rate) => burnAlert(name, slo, rate, promql));
}

/**
 * How long an alert goes on firing after its short window is below the threshold. With little traffic that window is without a
 * bad event, or without any, every few minutes while its cause lasts; each end would be told, and each return would page again.
 */
const keepFiringFor = '15m';

/**
 * Both windows agree: the long one that enough was spent to matter, and the short one that it still is being spent, so that the
 * alert ends soon after its cause. That is why it needs no `for`. All three series have the label `slo`, by which `and` joins.
 */
function burnAlert(name: string, slo: Slo, rate: BurnRate, { select }: Promql): AlertDraft {
  const { severity, long, short, factor } = rate;
  const budget = errorBudget(slo.target);
  const conditions = [
    `${select(`slo:error:ratio_rate${long}`, { slo: name })} > ${factor} * ${budget}`,
    `${select(`slo:error:ratio_rate${short}`)} > ${factor} * ${budget}`,
    `${select(`slo:bad_events:increase${long}`)} >= ${minimumBadEvents[severity]}`,
  ];
  const describe = (ratio: string) =>
    `Promised: ${slo.description} Over the last ${long} this did not hold for ${ratio}: ` +
    `at this pace the error budget of ${slo.windowDays} days lasts less than ${lasting(slo, rate)}.`;
  return {
    alert: burnAlertName(slo),
    severity,
    expr: conditions.join(' and '),
    for: '0m',
    keepFiringFor,
    labels: { slo: name, window: long },
    summary: `${slo.title}: the error budget burns ${severity === 'critical' ? 'far ' : ''}too fast.`,
    description: describe('{{ $value | humanizePercentage }}'),
    dashboard: 'slo',
    scenarios: burnScenarios(name, rate, budget, describe),
  };
}

/** How long a whole budget lasts at a burn rate. */
function lasting({ windowDays }: Slo, { factor }: BurnRate): string {
  const hours = Math.round((windowDays * 24) / factor);
  return hours < 100 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

/**
 * What the rules before these have recorded, given as it is: how it comes about is tested with them. Another objective burns
 * all the time.
 */
function burnScenarios(
  name: string,
  { severity, long, short, factor }: BurnRate,
  budget: number,
  describe: (ratio: string) => string,
): Scenarios {
  const limit = factor * budget;
  const above = Number(((factor + 0.1) * budget).toPrecision(6));
  const enough = minimumBadEvents[severity];
  const series = (slo: string, inLong: string, inShort: string, bad: string) => ({
    [`slo:error:ratio_rate${long}{slo="${slo}"}`]: inLong,
    [`slo:error:ratio_rate${short}{slo="${slo}"}`]: inShort,
    [`slo:bad_events:increase${long}{slo="${slo}"}`]: bad,
  });
  const another = series('of-others', `${above}x5`, `${above}x5`, `${enough}x5`);
  const burning = (inLong: string, inShort: string, bad: string) => ({
    ...another,
    ...series(name, inLong, inShort, bad),
  });
  const description = describe(`${Number((above * 100).toPrecision(4))}%`);
  const every = '5m';
  const quiet = { every, at: every } as const;
  return {
    fires: [
      {
        every,
        // Nobody asks anything after 5 minutes.
        series: burning(`${limit} ${above}x4`, `${above}x1 stale`, `${enough}x5`),
        holdsFrom: '5m',
        holdsUntil: '10m',
        alerts: [{ description }],
      },
    ],
    quiet: [
      { ...quiet, because: 'no more was spent than is allowed', series: burning(`${limit}x1`, '1x1', `${enough}x1`) },
      { ...quiet, because: 'it never burned in the short window', series: burning('1x1', `${limit}x1`, `${enough}x1`) },
      { ...quiet, because: 'so few events are chance', series: burning('1x1', '1x1', `${enough - 1}x1`) },
      { ...quiet, because: 'it is another objective', series: another },
    ],
  };
}
