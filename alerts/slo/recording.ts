import type { Slo } from '../../service/contract/slo.ts';
import type { Duration } from '../promql/duration.ts';
import type { Promql } from '../promql/promql.ts';
import type { RecordedName } from '../promql/recorded.ts';
import type { RecordingDraft } from '../rule.ts';
import { errorBudget } from './burn-rates.ts';
import { events } from './indicator.ts';
import {
  eventScenarios,
  quotientScenarios,
  ratioScenarios,
  summedCountScenarios,
  summedRatioScenarios,
} from './recording-scenarios.ts';

/** Windows over which the counters themselves are read. */
const countedWindows = ['5m', '30m', '1h', '2h', '6h'] as const satisfies Duration[];

/** Windows of burn rates that are too long for that. */
const summedWindows = ['1d', '3d'] as const satisfies Duration[];

/** What is recorded of an objective, each after what it reads. */
export function sloRecordings(name: string, slo: Slo, promql: Promql): RecordingDraft[] {
  const { target, windowDays } = slo;
  // Declared for the windows that the contract's objectives have; a test holds every recorded name to be.
  const overWindow = `slo:error:ratio_rate${windowDays}d` as WindowRatio;
  const drafts: Unlabelled[] = [
    ...eventCounts(slo, promql),
    ...countedWindows.map((window) => countedRatio(slo, window, promql)),
    ...summedWindows.map((window) => summedRatio(`slo:error:ratio_rate${window}`, name, window, promql)),
    summedRatio(overWindow, name, `${windowDays}d`, promql),
    badEvents(slo, '1h', promql),
    badEvents(slo, '6h', promql),
    ...summedWindows.map((window) => summedBadEvents(name, window, promql)),
    constant('slo:objective:ratio', target),
    constant('slo:error_budget:ratio', errorBudget(target)),
    burnRate(name, slo, promql),
    budgetRemaining(name, slo, overWindow, promql),
  ];
  return drafts.map((draft) => ({ ...draft, labels: { slo: name } }));
}

/** Ratio over the objective's own window. */
type WindowRatio = 'slo:error:ratio_rate30d';

/** Every one gets the label `slo`. */
type Unlabelled = Omit<RecordingDraft, 'labels'>;

/** What windows of days are summed from, so that their cost does not grow with the number of replicas. */
function eventCounts(slo: Slo, promql: Promql): Unlabelled[] {
  const { total } = events(slo.indicator, 'increase', '5m', promql);
  const scenarios = eventScenarios(slo.indicator, 'total', '5m');
  return [{ record: 'slo:events:increase5m', expr: total, scenarios }, badEvents(slo, '5m', promql)];
}

/**
 * Bad events of a window: below a few, their share is a matter of chance. Never below 0, although Prometheus extrapolates each
 * series by itself and what is apart is counted at another moment.
 */
function badEvents({ indicator }: Slo, window: '5m' | '1h' | '6h', promql: Promql): Unlabelled {
  const { good, total } = events(indicator, 'increase', window, promql);
  return {
    record: `slo:bad_events:increase${window}`,
    expr: `clamp_min(${total} - ${good}, 0)`,
    scenarios: eventScenarios(indicator, 'bad', window),
  };
}

/** Share of bad events; no sample without events, since nothing is known then. */
function countedRatio({ indicator }: Slo, window: (typeof countedWindows)[number], promql: Promql): Unlabelled {
  const { good, total } = events(indicator, 'rate', window, promql);
  return {
    record: `slo:error:ratio_rate${window}`,
    expr: `clamp_min(1 - ${good} / (${total} > 0), 0)`,
    scenarios: ratioScenarios(indicator, window),
  };
}

/**
 * Share of bad events over days, from the counts of each 5 minutes: sums weigh every event the same, which the mean of recorded
 * ratios would not, where an hour at night counts as much as one by day. And one sample in 5 minutes of one series is read, not
 * those of every series of every replica that lived in these days.
 */
function summedRatio(record: RecordedName, slo: string, window: Duration, { steps }: Promql): Unlabelled {
  const bad = `sum(sum_over_time(${steps('slo:bad_events:increase5m', window, '5m', { slo })}))`;
  const total = `sum(sum_over_time(${steps('slo:events:increase5m', window, '5m', { slo })}))`;
  return { record, expr: `${bad} / (${total} > 0)`, scenarios: summedRatioScenarios(slo, window) };
}

/** Bad events over days: in steps of 5 minutes, the counts of 5 minutes have each event once. */
function summedBadEvents(slo: string, window: (typeof summedWindows)[number], { steps }: Promql): Unlabelled {
  return {
    record: `slo:bad_events:increase${window}`,
    expr: `sum_over_time(${steps('slo:bad_events:increase5m', window, '5m', { slo })})`,
    scenarios: summedCountScenarios(slo, window),
  };
}

/** A number of the contract, for dashboards. */
const constant = (record: RecordedName, value: number): Unlabelled => ({
  record,
  expr: `vector(${value})`,
  scenarios: [{ series: {}, at: '1m', values: [{ labels: {}, value }] }],
});

/** How many times faster than evenly over its window the budget is being spent now. Both sides have the label `slo`. */
function burnRate(name: string, { target }: Slo, { select }: Promql): Unlabelled {
  const ratio = 'slo:error:ratio_rate1h';
  const samples = { ratio: 0.125, expected: 0.125 / errorBudget(target) };
  return {
    record: 'slo:burn_rate:ratio',
    expr: `${select(ratio, { slo: name })} / ${select('slo:error_budget:ratio')}`,
    scenarios: quotientScenarios(name, ratio, samples),
  };
}

/** Share of the budget that is left: 1 when nothing was bad, 0 when it is spent, below 0 when the promise is broken. */
function budgetRemaining(name: string, { target }: Slo, ratio: WindowRatio, { select }: Promql): Unlabelled {
  const samples = { ratio: 0.125, expected: 1 - 0.125 / errorBudget(target) };
  return {
    record: 'slo:error_budget_remaining:ratio',
    expr: `1 - ${select(ratio, { slo: name })} / ${select('slo:error_budget:ratio')}`,
    scenarios: quotientScenarios(name, ratio, samples),
  };
}
