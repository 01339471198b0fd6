/**
 * The values that one label can have. Either a closed list, or a list that the configuration closes when the service
 * starts, such as the names of its models, or a stated number of values that are replaced as a whole. There is no
 * fourth way, so a client can never create a series: in the third it can only take the place of another.
 */
export type LabelValues = FixedValues | BoundedLabel;

/** Values that are known when the service starts. Each combination of them is a series from then on. */
export type FixedValues = readonly string[] | ConfiguredLabel;

/** A label whose values are the configured names of a kind. */
export interface ConfiguredLabel {
  readonly configured: ConfiguredKind;
}

/** A label with values from elsewhere, of which there never are more than this many at a time. */
export interface BoundedLabel {
  readonly bounded: number;
}

/** The kinds of names that configuration closes. */
export type ConfiguredKind = 'models' | 'variants' | 'dependencies' | 'breakers';

/** Name of each label, with its values. */
export type FixedLabels = Readonly<Record<string, FixedValues>>;

/** The only label of a gauge whose series are replaced as a whole. */
export type BoundedLabels = Readonly<Record<string, BoundedLabel>>;

/** Name of each label of a metric, with its values. */
export type LabelSpec = FixedLabels | BoundedLabels;

interface Common<L extends LabelSpec> {
  /** One sentence for `# HELP`. */
  readonly help: string;
  /** Base unit, or what is counted. */
  readonly unit: string;
  /** Labels, none by default. */
  readonly labels: L;
}

/** A number that only grows, by convention named `*_total`. */
export interface Counter<L extends FixedLabels = FixedLabels> extends Common<L> {
  readonly type: 'counter';
}

/** A number that goes up and down. */
export interface Gauge<L extends LabelSpec = FixedLabels> extends Common<L> {
  readonly type: 'gauge';
}

/** A distribution over fixed buckets. */
export interface Histogram<
  L extends FixedLabels = FixedLabels,
  E extends boolean = boolean,
  B extends readonly number[] = readonly number[],
> extends Common<L> {
  readonly type: 'histogram';
  /** Upper bounds, ascending, in the metric's unit; `+Inf` is implied. Their type is exact: an objective names one of them. */
  readonly buckets: B;
  /** Whether each bucket keeps the trace of its latest observation, which OpenMetrics shows. */
  readonly exemplars: E;
}

/** One metric as data. */
export type Metric = Counter | Gauge | Gauge<BoundedLabels> | Histogram;

/** The labels of a metric as an observation must give them: each declared one, and no other. */
export type Labels<M extends Metric> = keyof M['labels'] extends never
  ? Readonly<Record<string, never>>
  : { readonly [K in keyof M['labels']]: M['labels'][K] extends readonly (infer V)[] ? V : string };

type Declared<L extends LabelSpec> = Omit<Common<L>, 'labels'> & { readonly labels?: L };

/** Declares a counter. */
export const counter = <const L extends FixedLabels = Record<never, never>>(metric: Declared<L>): Counter<L> => ({
  type: 'counter',
  ...metric,
  labels: metric.labels ?? ({} as L),
});

/** Declares a gauge. */
export const gauge = <const L extends FixedLabels = Record<never, never>>(metric: Declared<L>): Gauge<L> => ({
  type: 'gauge',
  ...metric,
  labels: metric.labels ?? ({} as L),
});

/** Declares a gauge whose series are replaced as a whole. */
export const boundedGauge = <const L extends BoundedLabels>(metric: Common<L>): Gauge<L> => ({
  type: 'gauge',
  ...metric,
});

/** Declares a histogram, without exemplars by default. */
export const histogram = <
  const B extends readonly number[],
  const L extends FixedLabels = Record<never, never>,
  const E extends boolean = false,
>(
  metric: Declared<L> & { readonly buckets: B; readonly exemplars?: E },
): Histogram<L, E, B> => ({
  type: 'histogram',
  ...metric,
  exemplars: metric.exemplars ?? (false as E),
  labels: metric.labels ?? ({} as L),
});
