/** A metric of a program that is not ours, as far as rules and dashboards rely on it. */
export interface ForeignMetric {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** Its labels, beside those that Prometheus adds to everything it scrapes. */
  readonly labels?: readonly string[];
  /**
   * It tells of the whole cluster, by a program outside of the stack: its label `namespace` is not for sure the stack's, so that
   * the rule says which series it means.
   */
  readonly wholeCluster?: true;
}

/** Metrics of one program, by name. */
export type ForeignMetrics = Readonly<Record<string, ForeignMetric>>;
