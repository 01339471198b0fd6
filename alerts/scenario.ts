import type { Duration } from './promql/duration.ts';

/** What Prometheus has seen. */
export interface Scenario {
  /**
   * Values by series, `up{job="api"}`, one each `every` from the start, in promtool's notation: `1x9 0x5`, `0+3x20`, `_x5`.
   * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
   */
  readonly series: Readonly<Record<string, string>>;
  /** Time between samples. @default '1m' */
  readonly every?: Duration;
  /** Time between evaluations of the rules, where days of samples need only a few. @default that between samples */
  readonly evaluate?: Duration;
}

/** An alert that fires, beside what all of its kind have. */
export interface FiringAlert {
  /** Labels beside the severity and those that its author gives it: of the series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The description with its values filled in. */
  readonly description: string;
}

/** Samples by which an alert fires. */
export interface Firing extends Scenario {
  /** Time of the first evaluation at which the expression holds; the alert fires its `for` later, and not before. */
  readonly holdsFrom: Duration;
  /** Time of the first evaluation after that at which it no longer holds; the alert ends its `keepFiringFor` later. */
  readonly holdsUntil?: Duration;
  readonly alerts: readonly [FiringAlert, ...FiringAlert[]];
}

/** Samples by which an alert must not fire. */
export interface Quiet extends Scenario {
  /** Why not: `one per cent is allowed`. */
  readonly because: string;
  /** Time of the evaluation at which it would fire if it were wrong. */
  readonly at: Duration;
}

/** How an alert is tested. Each also gives a test that it does not fire before its `for` is over. */
export interface Scenarios {
  readonly fires: readonly [Firing, ...Firing[]];
  /** Just under the threshold, and every other case that is not to wake anybody; none for an alert that always fires. */
  readonly quiet: readonly Quiet[];
  /** Whether it fires without a single series; unless it does, that is tested too. @default false */
  readonly firesWithoutData?: boolean;
}

/** Samples by which a recording rule gives exact values. */
export interface Recorded extends Scenario {
  readonly at: Duration;
  /** Value by the labels of the recorded series; nothing is recorded when empty. */
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}
