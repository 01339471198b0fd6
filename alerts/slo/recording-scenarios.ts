import { seconds, type Duration } from '../promql/duration.ts';
import type { Recorded } from '../scenario.ts';
import { indicatorSeries, moreApartThanBad, type Counts, type IndicatorSeries } from './indicator-series.ts';
import type { Indicator } from './indicator.ts';

type Scenarios = readonly [Recorded, ...Recorded[]];

/** Six samples of counters, from the start to the end of a window, after which the rules are evaluated. */
interface Samples {
  readonly at: Duration;
  readonly every: Duration;
  readonly evaluate: Duration;
  /** As many events as the window has seconds, all of them in its second fifth, which a shorter window does not see. */
  readonly burst: Counts;
  /** None. */
  readonly still: Counts;
}

function samples(window: Duration): Samples {
  const length = seconds(window);
  const step = length / 5;
  const still = Array.from({ length: 6 }, () => length);
  return {
    at: window,
    every: `${step}s`,
    evaluate: window,
    // Prometheus sees five samples in the window, so four of its fifths, and extends what happened in these to the whole.
    burst: still.map((start, place) => (place < 2 ? start : start + 4 * step)),
    still,
  };
}

const value = (number: number) => [{ labels: {}, value: number }];

/** More is apart than is bad, which must not count against the good; nothing to test where nothing is apart. */
function apartScenarios(indicator: Indicator, window: Duration): Recorded[] {
  if (indicator.kind !== 'share' || indicator.apart.length === 0) return [];
  const { at, every, evaluate, burst, still } = samples(window);
  return [{ at, every, evaluate, series: moreApartThanBad(indicator, burst, still), values: value(0) }];
}

/** Events of a window: with good ones, without a series of good ones, without any series, and with more apart than bad. */
export function eventScenarios(indicator: Indicator, which: 'total' | 'bad', window: Duration): Scenarios {
  const { at, every, evaluate, burst } = samples(window);
  const all = indicatorSeries(indicator, burst, burst);
  const bad = indicatorSeries(indicator, undefined, burst);
  const count = ({ good, bad: others }: IndicatorSeries) =>
    seconds(window) * (which === 'bad' ? others : good + others);
  return [
    { at, every, evaluate, series: all.series, values: value(count(all)) },
    { at, every, evaluate, series: bad.series, values: value(count({ ...bad, good: 0 })) },
    { at, every, evaluate, series: {}, values: [] },
    ...(which === 'bad' ? apartScenarios(indicator, window) : []),
  ];
}

/** Share of bad events: with good ones, without a series of good ones, without an event, and with more apart than bad. */
export function ratioScenarios(indicator: Indicator, window: Duration): Scenarios {
  const { at, every, evaluate, burst, still } = samples(window);
  const all = indicatorSeries(indicator, burst, burst);
  const bad = indicatorSeries(indicator, undefined, burst);
  const quiet = indicatorSeries(indicator, still, still);
  return [
    { at, every, evaluate, series: all.series, values: value(1 - all.good / (all.good + all.bad)) },
    { at, every, evaluate, series: bad.series, values: value(1) },
    { at, every, evaluate, series: quiet.series, values: [] },
    ...apartScenarios(indicator, window),
  ];
}

/** Series of an objective, and others of another one that must not count. */
const besideAnother = (slo: string, series: Readonly<Record<string, string>>, other = '1000x6') =>
  Object.fromEntries(
    Object.entries(series).flatMap(([name, values]) => [
      [`${name}{slo="${slo}"}`, values],
      [`${name}{slo="of-others"}`, other],
    ]),
  );

/** 30 bad of 200 events, all of them early; the mean of the five ratios would be far less. */
export function summedRatioScenarios(slo: string, window: Duration): Scenarios {
  const { at, every, evaluate } = samples(window);
  const recorded = (bad: string, total: string) =>
    besideAnother(slo, { 'slo:bad_events:increase5m': bad, 'slo:events:increase5m': total });
  return [
    { at, every, evaluate, series: recorded('0 30 0x3', '0 120 20x3'), values: value(30 / 200) },
    { at, every, evaluate, series: recorded('0x5', '0x5'), values: [] },
  ];
}

/** Thirty bad events, all of them in the window's first 5 minutes. */
export function summedCountScenarios(slo: string, window: Duration): Scenarios {
  const every = '5m';
  const steps = seconds(window) / seconds(every);
  const series = besideAnother(slo, { 'slo:bad_events:increase5m': `0 30 0x${steps - 2}` }, `1000x${steps}`);
  return [{ at: window, every, evaluate: window, series, values: value(30) }];
}

/** A ratio beside its budget, and a budget alone. */
export function quotientScenarios(
  slo: string,
  ratioName: string,
  { ratio, expected }: { readonly ratio: number; readonly expected: number },
): Scenarios {
  const budgets = { 'slo:error_budget:ratio{slo="of-others"}': '0.5x1' };
  const ratios = besideAnother(slo, { [ratioName]: `${ratio}x1` }, '0.5x1');
  return [
    { at: '1m', series: { ...ratios, ...budgets }, values: value(expected) },
    { at: '1m', series: budgets, values: [] },
  ];
}
