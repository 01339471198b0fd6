import type { Labels } from './metric.ts';
import type { metrics, MetricName } from './metrics.ts';

type OfType<T extends string> = {
  [N in MetricName]: (typeof metrics)[N]['type'] extends T ? N : never;
}[MetricName];

/** Name of a counter of the service. */
export type CounterName = OfType<'counter'>;

/** Name of a histogram of the service. */
export type HistogramName = OfType<'histogram'>;

/** A bucket that a histogram has, by its upper bound. */
export type BoundOf<N extends HistogramName> = (typeof metrics)[N]['buckets'][number];

/** Some of the series of a counter, by the values that its labels have; all of them when empty. */
export type Choice<N extends CounterName> = {
  readonly [K in keyof Labels<(typeof metrics)[N]> & string]?: readonly (Labels<(typeof metrics)[N]>[K] & string)[];
};

/** A choice of any counter. */
export type AnyChoice = Readonly<Record<string, readonly string[] | undefined>>;

/** Some of the series of a counter. */
export interface Counted {
  readonly counter: CounterName;
  readonly choice: AnyChoice;
}

/** A share of what a counter counted. */
export interface ShareIndicator {
  readonly kind: 'share';
  readonly counter: CounterName;
  /** What is good, and what is asked about at all; the good is part of it. */
  readonly good: AnyChoice;
  readonly total: AnyChoice;
  /** What is asked about and not good, but must not count as bad: other counters know how many these are. */
  readonly apart: readonly Counted[];
}

/** The share of a histogram's observations that are at most a bound. */
export interface BoundIndicator {
  readonly kind: 'bound';
  readonly histogram: HistogramName;
  /** Upper bound of a bucket, in the histogram's unit. */
  readonly bound: number;
}

/** A service level objective: which share of the events of a window must be good. */
export interface Slo {
  readonly title: string;
  /** What is promised, in one sentence. */
  readonly description: string;
  /** Share of good events, above 0 and below 1: what is missing to 1 is the error budget. */
  readonly target: number;
  /** Days over which the budget lasts. */
  readonly windowDays: number;
  readonly indicator: ShareIndicator | BoundIndicator;
}

/** What a counter counted of a choice of its series. */
export const counted = <const N extends CounterName>(counter: N, choice: Choice<N>): Counted => ({ counter, choice });

/** Which share of what a counter counted is good, without what is `apart`. */
export const share = <const N extends CounterName>(
  counter: N,
  {
    good,
    total,
    apart = [],
  }: { readonly good: Choice<N>; readonly total: Choice<N>; readonly apart?: readonly Counted[] },
): ShareIndicator => ({ kind: 'share', counter, good, total, apart });

/** Which share of a histogram's observations is at most the bound of one of its buckets. */
export const atMost = <const N extends HistogramName>(histogram: N, bound: BoundOf<N>): BoundIndicator => ({
  kind: 'bound',
  histogram,
  bound,
});
