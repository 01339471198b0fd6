/** A metric of a program that is not ours, as far as rules and dashboards rely on it. */
export interface ForeignMetric {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** Its labels, beside those that Prometheus adds to everything it scrapes. */
  readonly labels?: readonly string[];
}

/** Metrics of one program, by name. */
export type ForeignMetrics = Readonly<Record<string, ForeignMetric>>;
