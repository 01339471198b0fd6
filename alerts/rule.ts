import type { DashboardName } from './dashboard-links.ts';
import type { RecordedName } from './promql/recorded.ts';
import type { Duration } from './promql/duration.ts';
import type { Recorded, Scenarios } from './scenario.ts';
import type { Target } from './target.ts';

/** Whom an alert is for: `critical` pages somebody at any hour; `warning` is a ticket for the next working day. */
export type Severity = 'critical' | 'warning';

/** The label `severity`. `none` is that of the dead man's switch, which no person is told of while it works. */
export type SeverityLabel = Severity | 'none';

/** An alerting rule as Prometheus reads it: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for?: string;
  readonly labels: { readonly severity: SeverityLabel; readonly [label: string]: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
    readonly dashboard_url: string;
  };
}

/** A recording rule as Prometheus reads it: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/ */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A rule as Prometheus reads it. */
export type Rule = AlertRule | RecordingRule;

/** Rules that are evaluated together, in their order. */
export interface RuleGroup<R = Rule> {
  readonly name: string;
  /** The group is in a stack only if the stack has this. */
  readonly target: Target;
  readonly rules: readonly R[];
}

/** An alert as its author writes it; what all alerts have in the same way is added to it in one step. */
export interface AlertDraft {
  /** Name of the alert and of its page, `docs/runbook/<name>.md`. */
  readonly alert: string;
  readonly severity: SeverityLabel;
  readonly expr: string;
  /** How long the expression must hold. */
  readonly for: Duration;
  /** How long it goes on firing after the expression has ceased to hold, where that may hold again soon. @default '0m' */
  readonly keepFiringFor?: Duration;
  /** One line: what is wrong, without values. */
  readonly summary: string;
  /** What is wrong, with the values of the series: `{{ $labels.job }}`, `{{ $value }}`. */
  readonly description: string;
  /** Labels beside those of the series and the severity. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where to look next. */
  readonly dashboard: DashboardName;
  /** When it fires, and when not. */
  readonly scenarios: Scenarios;
}

/** A recording rule as its author writes it. */
export interface RecordingDraft {
  readonly record: RecordedName;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What it records, exactly. */
  readonly scenarios: readonly [Recorded, ...Recorded[]];
}

/** A rule as its author writes it. */
export type Draft = AlertDraft | RecordingDraft;
