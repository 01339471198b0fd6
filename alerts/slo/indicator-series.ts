import type { Metric } from '../../service/contract/metric.ts';
import { metrics } from '../../service/contract/metrics.ts';
import type { AnyChoice, BoundIndicator, CounterName, ShareIndicator } from '../../service/contract/slo.ts';
import type { Indicator } from './indicator.ts';

/** What a counter shows, sample by sample. */
export type Counts = readonly number[];

/** Samples of two replicas, with what counts and what must not. */
export interface IndicatorSeries {
  /** Values by series, in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  /** How many times the given counts of good events are in the sum of what counts as good. */
  readonly good: number;
  /** How many times the given counts of bad events are in the rest, without what is apart. */
  readonly bad: number;
}

/**
 * Samples of an indicator's metric, in which each series that must be summed counts differently.
 *
 * @param good Counts of good events; without them neither their series exist nor those of what is apart.
 * @param bad Counts of bad events, of which some are apart.
 */
export function indicatorSeries(indicator: Indicator, good: Counts | undefined, bad: Counts): IndicatorSeries {
  if (indicator.kind === 'bound') return boundSeries(indicator, good, bad);
  const share = shareSeries(indicator, good, bad);
  if (good === undefined) return share;
  const apart = apartSeries(indicator, bad);
  return { ...share, series: { ...share.series, ...apart.series }, bad: share.bad - apart.sum };
}

/** Samples in which more is apart than is bad, as when it is counted earlier. */
export function moreApartThanBad(indicator: ShareIndicator, good: Counts, none: Counts): IndicatorSeries['series'] {
  return { ...shareSeries(indicator, good, none).series, ...apartSeries(indicator, good).series };
}

const instances = ['a', 'b'];

const times = (counts: Counts, factor: number): Counts => counts.map((count) => count * factor);

const weight = (place: number) => place + 1;

const sumOfWeights = (labels: readonly unknown[]) => labels.reduce((all: number, _, place) => all + weight(place), 0);

function shareSeries(
  { counter, good, total }: ShareIndicator,
  goodCounts: Counts | undefined,
  badCounts: Counts,
): IndicatorSeries {
  const of = Map.groupBy(choices(counter, { ...good, ...total }), (labels) =>
    !chosen(labels, total) ? 'other' : chosen(labels, good) ? 'good' : 'bad',
  );
  const { good: goodLabels = [], bad: badLabels = [], other: otherLabels = [] } = Object.fromEntries(of);
  const weighted = [
    ...goodLabels.map((labels, place) => ({ labels, counts: goodCounts && times(goodCounts, weight(place)) })),
    ...badLabels.map((labels, place) => ({ labels, counts: times(badCounts, 3 * weight(place)) })),
    ...otherLabels.map((labels) => ({ labels, counts: times(badCounts, 50) })),
  ];
  return {
    series: seriesOf(
      weighted.flatMap(({ labels, counts }) => (counts === undefined ? [] : [{ counter, labels, counts }])),
    ),
    good: instances.length * sumOfWeights(goodLabels),
    bad: instances.length * 3 * sumOfWeights(badLabels),
  };
}

/** Of what is apart, fewer than there are bad ones; and far more of what its counters count beside. */
function apartSeries({ apart }: ShareIndicator, counts: Counts) {
  const weighted = apart.flatMap(({ counter, choice }, place) =>
    choices(counter, choice).map((labels) => ({
      counter,
      labels,
      counts: times(counts, chosen(labels, choice) ? weight(place) : 50),
    })),
  );
  return { series: seriesOf(weighted), sum: instances.length * sumOfWeights(apart) };
}

interface CountedSeries {
  readonly counter: CounterName;
  readonly labels: LabelSet;
  readonly counts: Counts;
}

/** Of each replica the same. */
const seriesOf = (all: readonly CountedSeries[]): IndicatorSeries['series'] =>
  Object.fromEntries(
    all.flatMap(({ counter, labels, counts }) =>
      instances.map((instance) => [`${counter}{${text({ ...labels, instance })}}`, counts.join(' ')]),
    ),
  );

type LabelSet = Readonly<Record<string, string>>;

const text = (labels: LabelSet) =>
  Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ');

const chosen = (labels: LabelSet, choice: AnyChoice) =>
  Object.entries(choice).every(([label, values]) => values?.includes(labels[label] ?? '') !== false);

/** Every combination of the values of the named labels: the declared ones, or where configuration gives them the named. */
function choices(counter: CounterName, named: AnyChoice): LabelSet[] {
  const { labels }: Metric = metrics[counter];
  return Object.entries(named).reduce<LabelSet[]>(
    (sets, [label, values = []]) => {
      const declared = (labels as Readonly<Record<string, unknown>>)[label];
      const all = Array.isArray(declared) ? (declared as string[]) : [...values, 'other'];
      return sets.flatMap((set) => all.map((value) => ({ ...set, [label]: value })));
    },
    [{}],
  );
}

/** The first replica as Prometheus 3 has it, whole bounds with `.0`, and the second as Prometheus 2. */
function boundSeries({ histogram, bound }: BoundIndicator, good: Counts | undefined, bad: Counts): IndicatorSeries {
  const total = bad.map((count, place) => (good?.[place] ?? 0) + 3 * count);
  const { buckets } = metrics[histogram];
  const below = buckets.filter((bucket) => bucket < bound).at(-1);
  const above = buckets.find((bucket) => bucket > bound);
  const none = total.map(() => 0);
  const of = (instance: string, le: (bucket: number) => string) => ({
    [`${histogram}_count{instance="${instance}"}`]: total.join(' '),
    [`${histogram}_bucket{instance="${instance}", le="+Inf"}`]: total.join(' '),
    ...(above && { [`${histogram}_bucket{instance="${instance}", le="${le(above)}"}`]: total.join(' ') }),
    ...(good && { [`${histogram}_bucket{instance="${instance}", le="${le(bound)}"}`]: good.join(' ') }),
    ...(below !== undefined && { [`${histogram}_bucket{instance="${instance}", le="${le(below)}"}`]: none.join(' ') }),
  });
  const series = {
    ...of('a', (bucket) => (Number.isInteger(bucket) ? `${bucket}.0` : String(bucket))),
    ...of('b', String),
  };
  return { series, good: instances.length, bad: instances.length * 3 };
}
