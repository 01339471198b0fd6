import type { Metric } from '../../service/contract/metric.ts';
import { metrics } from '../../service/contract/metrics.ts';
import { processMetrics } from '../../service/contract/process-metrics.ts';
import { foreignMetrics } from './foreign/index.ts';
import type { ForeignMetric } from './foreign/metric.ts';
import { recordedMetrics } from './recorded.ts';

/** Labels that Prometheus, or an operator's configuration of it, adds to each series that it scrapes. */
export const targetLabels = ['job', 'instance', 'namespace'] as const;

/** Series that Prometheus itself makes: https://prometheus.io/docs/concepts/jobs_instances/, and the state of its alerts. */
const ownSeries = {
  up: { type: 'gauge' },
  ALERTS: { type: 'gauge', labels: ['alertname', 'alertstate', 'severity'] },
} as const satisfies Record<string, ForeignMetric>;

/** Metrics of the process: whether one is a counter matters to nobody here. */
type ProcessMetrics = { readonly [N in (typeof processMetrics)[number]]: { readonly type: 'gauge' } };

type Declared = typeof metrics &
  typeof foreignMetrics &
  typeof recordedMetrics &
  typeof ownSeries &
  Omit<ProcessMetrics, keyof typeof foreignMetrics>;

type DeclaredName = keyof Declared;

/** The series of a metric: a histogram has three kinds, and none under its own name. */
type SeriesOf<N extends DeclaredName> = Declared[N]['type'] extends 'histogram'
  ? `${N}_${'bucket' | 'sum' | 'count'}`
  : Declared[N]['type'] extends 'summary'
    ? N | `${N}_${'sum' | 'count'}`
    : N;

/** Name of a series that something in the stack emits, or that a rule records. */
export type SeriesName = { [N in DeclaredName]: SeriesOf<N> }[DeclaredName];

type MetricOf<S extends SeriesName> = {
  [N in DeclaredName]: S extends SeriesOf<N> ? N : never;
}[DeclaredName];

type ValueOf<V> = V extends readonly string[] ? V[number] : string;

type OwnLabels<M> = M extends { readonly labels: infer L }
  ? L extends readonly string[]
    ? { readonly [K in L[number]]: string }
    : { readonly [K in keyof L & string]: ValueOf<L[K]> }
  : unknown;

type TargetLabels = { readonly [K in (typeof targetLabels)[number]]: string };

/** The labels of a series with the values that each can have. */
export type LabelsOf<S extends SeriesName> = OwnLabels<Declared[MetricOf<S>]> & TargetLabels;

/** Every series that something emits or a rule records, with the names of its own labels. */
export const catalogue: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries<Metric>(metrics).flatMap(([name, { type, labels }]) =>
    seriesNames(name, type).map((series) => entry(series, Object.keys(labels))),
  ),
  ...processMetrics.map((name) => entry(name, [])),
  ...Object.entries<ForeignMetric>({ ...foreignMetrics, ...recordedMetrics, ...ownSeries }).flatMap(
    ([name, { type, labels = [] }]) => seriesNames(name, type).map((series) => entry(series, labels)),
  ),
]);

function seriesNames(name: string, type: ForeignMetric['type']): string[] {
  if (type === 'histogram') return ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`);
  return type === 'summary' ? [name, `${name}_sum`, `${name}_count`] : [name];
}

function entry(series: string, labels: readonly string[]): [string, readonly string[]] {
  return [series, series.endsWith('_bucket') ? [...labels, 'le'] : labels];
}
