import * as prometheus from 'prom-client';
import type {
  BoundedLabel,
  BoundedLabels,
  ConfiguredKind,
  Counter,
  FixedLabels,
  Gauge,
  Histogram,
  Labels,
  LabelValues,
  Metric,
} from '../contract/metric.ts';
import { metrics as declared } from '../contract/metrics.ts';
import { processMetrics } from '../contract/process-metrics.ts';
import { BoundedGauge } from './bounded-gauge.ts';
import { TracedHistogram } from './traced-histogram.ts';

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
    : M extends Histogram<FixedLabels, true>
      ? TracedHistogram
      : HistogramChild;

/** One typed handle for each declared metric: a missing or an extra label does not compile. */
export type MetricHandles<D extends Record<string, Metric>> = {
  readonly [N in keyof D]: HandleOf<D[N]>;
};

type HandleOf<M extends Metric> = [M['labels'][keyof M['labels']]] extends [never]
  ? Handle<M, ChildOf<M>>
  : M extends Gauge<BoundedLabels>
    ? BoundedGauge
    : Handle<M, ChildOf<M>>;

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

/** Makes typed handles for metrics given as data. Every series exists from the start at 0, but for those of a bounded label. */
export function createHandles<D extends Record<string, Metric>>(
  definitions: D,
  names: ConfiguredNames,
  registry: prometheus.Registry,
): MetricHandles<D> {
  const handles = Object.entries(definitions).map(([name, metric]) => [
    name,
    isBounded(metric) ? createBoundedGauge(name, metric, registry) : createHandle(name, metric, names, registry),
  ]);
  return Object.fromEntries(handles) as MetricHandles<D>;
}

type Child = CounterChild | GaugeChild | HistogramChild | TracedHistogram;

const isBounded = (metric: Metric): metric is Gauge<BoundedLabels> =>
  Object.values<LabelValues>(metric.labels).some((values) => 'bounded' in values);

function createBoundedGauge(name: string, { help, labels }: Gauge<BoundedLabels>, registry: prometheus.Registry) {
  const [[label, { bounded }]] = Object.entries(labels) as [[string, BoundedLabel]];
  const family = new prometheus.Gauge({ name, help, labelNames: [label], registers: [registry] });
  return new BoundedGauge(family, label, bounded);
}

type FixedMetric = Exclude<Metric, Gauge<BoundedLabels>>;

function createHandle(name: string, metric: FixedMetric, names: ConfiguredNames, registry: prometheus.Registry) {
  const labelNames = Object.keys(metric.labels);
  const { family, begin } = createFamily(name, metric, labelNames);
  // Not by its constructor, in which a registry of the text format refuses a metric with exemplars.
  registry.registerMetric(family);

  const lists = Object.values(metric.labels).map((values) =>
    'configured' in values ? names[values.configured] : values,
  );
  const children = new Map<string, Child>();
  for (const values of combinations(lists)) {
    const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
    children.set(keyOf(values), begin(labels));
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

/** A metric that has no series yet, and how one is begun at 0. */
interface Family {
  readonly family: prometheus.Metric;
  readonly begin: (labels: Record<string, string>) => Child;
}

function createFamily(name: string, metric: FixedMetric, labelNames: string[]): Family {
  const common = { name, help: metric.help, labelNames, registers: [] };
  if (metric.type === 'histogram') {
    const { buckets, exemplars } = metric;
    const family = new prometheus.Histogram({ ...common, buckets: [...buckets], enableExemplars: exemplars });
    const begin = (labels: Record<string, string>) => {
      family.zero(labels);
      return exemplars ? new TracedHistogram(family, labels) : family.labels(labels);
    };
    return { family, begin };
  }
  const family = metric.type === 'counter' ? new prometheus.Counter(common) : new prometheus.Gauge(common);
  const begin = (labels: Record<string, string>) => {
    const child = family.labels(labels);
    child.inc(0);
    return child;
  };
  return { family, begin };
}

const keyOf = (values: readonly string[]) => values.join('\u0000');

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>(
    (combined, values) => combined.flatMap((start) => values.map((value) => [...start, value])),
    [[]],
  );
}
