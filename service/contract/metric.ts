/**
 * The values that one label can have. Either a closed list, or a list that the configuration closes when the service
 * starts, such as the names of its models. There is no third way, so a client can never create a series.
 */
export type LabelValues = readonly string[] | ConfiguredLabel;

/** A label whose values are the configured names of a kind. */
export interface ConfiguredLabel {
  readonly configured: ConfiguredKind;
}

/** The kinds of names that configuration closes. */
export type ConfiguredKind = 'models' | 'variants' | 'dependencies' | 'breakers';

/** Name of each label, with its values. */
export type LabelSpec = Readonly<Record<string, LabelValues>>;

interface Common<L extends LabelSpec> {
  /** One sentence for `# HELP`. */
  readonly help: string;
  /** Base unit, or what is counted. */
  readonly unit: string;
  /** Labels, none by default. */
  readonly labels: L;
}

/** A number that only grows, by convention named `*_total`. */
export interface Counter<L extends LabelSpec = LabelSpec> extends Common<L> {
  readonly type: 'counter';
}

/** A number that goes up and down. */
export interface Gauge<L extends LabelSpec = LabelSpec> extends Common<L> {
  readonly type: 'gauge';
}

/** A distribution over fixed buckets. */
export interface Histogram<L extends LabelSpec = LabelSpec> extends Common<L> {
  readonly type: 'histogram';
  /** Upper bounds, ascending, in the metric's unit; `+Inf` is implied. */
  readonly buckets: readonly number[];
}

/** One metric as data. */
export type Metric<L extends LabelSpec = LabelSpec> = Counter<L> | Gauge<L> | Histogram<L>;

/** The labels of a metric as an observation must give them: each declared one, and no other. */
export type Labels<M extends Metric> = keyof M['labels'] extends never
  ? Readonly<Record<string, never>>
  : { readonly [K in keyof M['labels']]: M['labels'][K] extends readonly (infer V)[] ? V : string };

type Declared<L extends LabelSpec> = Omit<Common<L>, 'labels'> & { readonly labels?: L };

/** Declares a counter. */
export const counter = <const L extends LabelSpec = Record<never, never>>(metric: Declared<L>): Counter<L> => ({
  type: 'counter',
  ...metric,
  labels: metric.labels ?? ({} as L),
});

/** Declares a gauge. */
export const gauge = <const L extends LabelSpec = Record<never, never>>(metric: Declared<L>): Gauge<L> => ({
  type: 'gauge',
  ...metric,
  labels: metric.labels ?? ({} as L),
});

/** Declares a histogram. */
export const histogram = <const L extends LabelSpec = Record<never, never>>(
  metric: Declared<L> & { readonly buckets: readonly number[] },
): Histogram<L> => ({ type: 'histogram', ...metric, labels: metric.labels ?? ({} as L) });
