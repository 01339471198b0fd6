import * as prometheus from 'prom-client';
import type { ConfiguredKind, Counter, Gauge, LabelValues, Labels, Metric } from '../contract/metric.ts';
import { metrics as declared } from '../contract/metrics.ts';
import { processMetrics } from '../contract/process-metrics.ts';

/** What an observation is made on. Bind it once where the labels are known, so that observing allocates nothing. */
interface Handle<M extends Metric, Child> {
  /**
   * The series with these labels.
   *
   * @throws {RangeError} when a value is not among those the label can have.
   */
  labels(labels: Labels<M>): Child;
}

type CounterChild = prometheus.Counter.Internal;
type GaugeChild = prometheus.Gauge.Internal<string>;
type HistogramChild = prometheus.Histogram.Internal<string>;

type ChildOf<M extends Metric> = M extends Counter<never> | Counter
  ? CounterChild
  : M extends Gauge
    ? GaugeChild
    : HistogramChild;

/** One typed handle for each declared metric: a missing or an extra label does not compile. */
export type MetricHandles<D extends Record<string, Metric>> = {
  readonly [N in keyof D]: Handle<D[N], ChildOf<D[N]>>;
};

/** The service's metrics with the registry that serves them. */
export interface Metrics extends MetricHandles<typeof declared> {
  readonly registry: prometheus.Registry;
}

/** The names that the configuration closes, by kind. */
export type ConfiguredNames = Readonly<Record<ConfiguredKind, readonly string[]>>;

/** Makes the registry and the handles of every metric in the contract, and the kept metrics of the process. */
export function createMetrics(names: ConfiguredNames): Metrics {
  const registry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: registry });
  const kept = new Set<string>(processMetrics);
  for (const { name } of registry.getMetricsAsArray()) {
    if (!kept.has(name)) registry.removeSingleMetric(name);
  }
  return { registry, ...createHandles(declared, names, registry) };
}

/** Makes typed handles for metrics given as data. Every series exists from the start, counters at 0. */
export function createHandles<D extends Record<string, Metric>>(
  definitions: D,
  names: ConfiguredNames,
  registry: prometheus.Registry,
): MetricHandles<D> {
  const handles = Object.entries(definitions).map(([name, metric]) => [
    name,
    createHandle(name, metric, names, registry),
  ]);
  return Object.fromEntries(handles) as MetricHandles<D>;
}

type Child = CounterChild | GaugeChild | HistogramChild;

function createHandle(name: string, metric: Metric, names: ConfiguredNames, registry: prometheus.Registry) {
  const labelNames = Object.keys(metric.labels);
  const common = { name, help: metric.help, labelNames, registers: [registry] };
  const parent =
    metric.type === 'counter'
      ? new prometheus.Counter(common)
      : metric.type === 'gauge'
        ? new prometheus.Gauge(common)
        : new prometheus.Histogram({ ...common, buckets: [...metric.buckets] });

  const children = new Map<string, Child>();
  for (const values of combinations(labelNames.map((label) => allowedValues(metric.labels[label], names)))) {
    const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
    if (parent instanceof prometheus.Histogram) parent.zero(labels);
    const child = labelNames.length === 0 ? parent : parent.labels(labels);
    if (!(parent instanceof prometheus.Histogram) && labelNames.length > 0) (child as CounterChild).inc(0);
    children.set(keyOf(values), child);
  }
  return {
    labels(labels: Readonly<Record<string, string>>): Child {
      const child = children.get(keyOf(labelNames.map((label) => labels[label] ?? '')));
      if (child) return child;
      throw new RangeError(
        `${name} has no series ${JSON.stringify(labels)}: its labels' values are fixed at the start`,
      );
    },
  };
}

const keyOf = (values: readonly string[]) => values.join('\u0000');

function allowedValues(values: LabelValues | undefined, names: ConfiguredNames): readonly string[] {
  if (values === undefined) return [];
  return 'configured' in values ? names[values.configured] : values;
}

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>(
    (combined, values) => combined.flatMap((start) => values.map((value) => [...start, value])),
    [[]],
  );
}
