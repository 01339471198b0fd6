import type { BoundOf, HistogramName } from '../../service/contract/slo.ts';
import type { LabelsOf, SeriesName } from './catalogue.ts';
import { scaled, type Duration } from './duration.ts';
import { foreignMetrics } from './foreign/index.ts';
import type { ForeignMetric, ForeignMetrics } from './foreign/metric.ts';

/** What a label must be: one value, one of several, none of several, or what a regular expression matches as a whole. */
export type Match<V extends string = string> =
  V | readonly V[] | { readonly not: V | readonly V[] } | { readonly matches: string };

/** Matches by label, of the labels that the series has. */
export type Matches<S extends SeriesName> = {
  readonly [K in keyof LabelsOf<S>]?: LabelsOf<S>[K] extends string ? Match<LabelsOf<S>[K]> : never;
};

/** Writes PromQL about series that exist: a metric or a label that nobody declares does not compile. */
export interface Promql<W extends string = Duration> {
  /** Selects series: `up{job="api"}`. */
  readonly select: <const S extends SeriesName>(series: S, matches?: Matches<S>) => string;
  /** Increase each second of the selected counters over a window: `rate(x_total[5m])`. */
  readonly rate: <const S extends SeriesName>(series: S, window: W, matches?: Matches<S>) => string;
  /** Increase of the selected counters over a window: `increase(x_total[5m])`. */
  readonly increase: <const S extends SeriesName>(series: S, window: W, matches?: Matches<S>) => string;
  /** Increase each second, over a window, of the observations that were at most the bound of a bucket. */
  readonly rateAtMost: <const N extends HistogramName>(histogram: N, bound: BoundOf<N>, window: W) => string;
  /** Increase, over a window, of the observations that were at most the bound of a bucket. */
  readonly increaseAtMost: <const N extends HistogramName>(histogram: N, bound: BoundOf<N>, window: W) => string;
  /** Selects the samples of a window, for functions over time: `up{job="api"}[5m]`. */
  readonly range: <const S extends SeriesName>(series: S, window: W, matches?: Matches<S>) => string;
  /** Selects the newest sample at each step of a window, for functions over time: `up{job="api"}[1d:5m]`. */
  readonly steps: <const S extends SeriesName>(series: S, window: W, step: W, matches?: Matches<S>) => string;
  /** The values of an expression at each step of a window, for functions over time: `sum(x)[7d:1h]`. */
  readonly stepsOf: (expression: string, window: W, step: W) => string;
  /** The same window, some time ago: `up{job="api"}[1d] offset 7d`. */
  readonly ago: (selected: string, time: W) => string;
}

/** How PromQL is written. */
export interface PromqlOptions {
  /**
   * Selects the series of one namespace where Prometheus watches several; all there are when `undefined`. Not of metrics that
   * tell of the whole cluster.
   */
  readonly namespace: Match | undefined;
  /** How a window is written. */
  readonly window: (window: string) => string;
}

/** A writer of PromQL for one Prometheus. */
export function promql<W extends string>({ namespace, window }: PromqlOptions): Promql<W> {
  const selectAny = (series: string, matches: Readonly<Record<string, Match>>) => {
    const all = namespace === undefined || wholeCluster(series) ? matches : { ...matches, namespace };
    const matchers = Object.entries(all).map(([label, match]) => matcher(label, match));
    return matchers.length === 0 ? series : `${series}{${matchers.join(', ')}}`;
  };
  const range = (series: string, over: string, matches: Readonly<Record<string, Match>>) =>
    `${selectAny(series, matches)}[${window(over)}]`;
  const stepsOf = (expression: string, over: string, step: string) => `${expression}[${window(over)}:${window(step)}]`;
  const atMost = (histogram: string, bound: number, over: string) =>
    range(`${histogram}_bucket`, over, { le: boundMatch(bound) });
  return {
    select: (series, matches = {}) => selectAny(series, anyMatches(matches)),
    rate: (series, over, matches = {}) => `rate(${range(series, over, anyMatches(matches))})`,
    increase: (series, over, matches = {}) => `increase(${range(series, over, anyMatches(matches))})`,
    rateAtMost: (histogram, bound, over) => `rate(${atMost(histogram, bound, over)})`,
    increaseAtMost: (histogram, bound, over) => `increase(${atMost(histogram, bound, over)})`,
    range: (series, over, matches = {}) => range(series, over, anyMatches(matches)),
    steps: (series, over, step, matches = {}) => stepsOf(selectAny(series, anyMatches(matches)), over, step),
    stepsOf,
    ago: (selected, time) => `${selected} offset ${window(time)}`,
  };
}

/** For rules: windows are durations, which a factor makes shorter where hours would be too long to wait. */
export function rulePromql(namespace: string | undefined, timeScale: number): Promql {
  return promql({ namespace, window: (window) => scaled(window as Duration, timeScale) });
}

/** Whether the rule itself has to say which of the series are the stack's. */
function wholeCluster(series: string): boolean {
  const metric: ForeignMetric | undefined = (foreignMetrics as ForeignMetrics)[series];
  return metric?.wholeCluster === true;
}

/** Matches without their types. */
const anyMatches = (matches: object) => matches as Readonly<Record<string, Match>>;

/** Prometheus 2 keeps the bound 2 as the program wrote it, `2`, and Prometheus 3 as `2.0`. */
function boundMatch(bound: number): Match {
  return Number.isInteger(bound) ? { matches: `${bound}(\\.0)?` } : String(bound);
}

function matcher(label: string, match: Match): string {
  if (typeof match === 'string') return `${label}=${JSON.stringify(match)}`;
  if (Array.isArray(match)) return `${label}=~${JSON.stringify(alternatives(match as readonly string[]))}`;
  if ('matches' in match) return `${label}=~${JSON.stringify(match.matches)}`;
  const { not } = match as { readonly not: string | readonly string[] };
  if (typeof not === 'string') return `${label}!=${JSON.stringify(not)}`;
  return `${label}!~${JSON.stringify(alternatives(not))}`;
}

/** Values as a regular expression of exactly them. */
const alternatives = (values: readonly string[]) =>
  values.map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
