import type { Target } from './target.ts';

/** `critical` pages somebody at any hour; `warning` is a ticket for the next working day. */
export type Severity = 'critical' | 'warning';

/** A duration as Prometheus writes it, in one unit. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** An alerting rule as Prometheus reads it: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: Duration;
  readonly labels: { readonly severity: Severity; readonly [label: string]: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

/** Rules that are evaluated together. */
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
  readonly severity: Severity;
  readonly expr: string;
  /** How long the expression must hold. */
  readonly for: Duration;
  /** One line: what is wrong, without values. */
  readonly summary: string;
  /** What is wrong, with the values of the series: `{{ $labels.job }}`, `{{ $value }}`. */
  readonly description: string;
  /** Labels beside those of the series and the severity. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Writes a selector of series: `up{job="api"}`. */
export type Series = (metric: string, labels?: Readonly<Record<string, string>>) => string;

/**
 * Selectors for one namespace, or for every series when there is none: a Prometheus of the whole cluster sees the series of
 * other stacks too, and one of the stack's own has no such label on most of them.
 */
export function seriesOf(namespace: string | undefined): Series {
  return (metric, labels = {}) => {
    const all = namespace === undefined ? labels : { ...labels, namespace };
    const matchers = Object.entries(all).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`;
  };
}
