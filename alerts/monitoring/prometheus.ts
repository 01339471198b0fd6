import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/**
 * Alerts on the stack's own Prometheus. That it takes no samples at all it cannot see itself: AllTargetsDown and the dead man's
 * switch tell.
 */
export function prometheusGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [
    rulesFailing(promql),
    rulesSlow(promql),
    notTelling(promql),
    storageNearLimit(promql),
    storageFailing(promql),
  ];
  return [{ name: 'prometheus', target: 'prometheus', rules }];
}

/** What Prometheus counts of its own failures, each by one label. */
interface Failures extends Pick<AlertDraft, 'alert' | 'severity' | 'for' | 'summary'> {
  readonly counter:
    | 'prometheus_rule_evaluation_failures_total'
    | 'prometheus_rule_group_iterations_missed_total'
    | 'prometheus_notifications_dropped_total';
  /** The label, and a value of it for the tests. */
  readonly by: readonly [label: string, value: string];
  readonly describe: (labelled: string, count: string) => string;
  /** Why a count that does not grow is none. */
  readonly because: string;
}

const ruleGroup = ['rule_group', '/etc/prometheus/rules.yml;api'] as const;

/** Any in 5 minutes is too many, when that goes on. */
function failures(
  { increase }: Promql,
  { counter, by: [label, value], describe, because, ...alert }: Failures,
): AlertDraft {
  const series = (by: number) => ({ [`${counter}{${label}="${value}"}`]: inSteps(10, by, 4) });
  return {
    ...alert,
    expr: `sum by (${label}) (${increase(counter, '5m')}) > 0`,
    description: describe(`{{ $labels.${label} }}`, '{{ $value | humanize }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          series: series(4),
          holdsFrom: '4m',
          alerts: [{ labels: { [label]: value }, description: describe(value, '5') }],
        },
      ],
      quiet: [{ because, series: series(0), at: `${4 + Number.parseInt(alert.for)}m` }],
    },
  };
}

const rulesFailing = (promql: Promql) =>
  failures(promql, {
    alert: 'PrometheusRulesFailing',
    severity: 'warning',
    counter: 'prometheus_rule_evaluation_failures_total',
    by: ruleGroup,
    for: '5m',
    summary: 'Prometheus cannot evaluate rules.',
    describe: (group, count) => `Prometheus could not evaluate rules of ${group} ${count} times in the last 5 minutes.`,
    because: 'it could evaluate all',
  });

/** An evaluation that takes longer than the time until the next one leaves that out. */
const rulesSlow = (promql: Promql) =>
  failures(promql, {
    alert: 'PrometheusRulesSlow',
    severity: 'warning',
    counter: 'prometheus_rule_group_iterations_missed_total',
    by: ruleGroup,
    for: '10m',
    summary: 'Prometheus is too slow to evaluate its rules.',
    describe: (group, count) => `Prometheus has left out ${count} evaluations of ${group} in the last 5 minutes.`,
    because: 'it left out none',
  });

/** It reaches people by another copy of Alertmanager, or after it; without both, the dead man's switch tells. */
const notTelling = (promql: Promql) =>
  failures(promql, {
    alert: 'PrometheusNotificationsFailing',
    severity: 'critical',
    counter: 'prometheus_notifications_dropped_total',
    by: ['alertmanager', 'http://10.0.0.1:9093/api/v2/alerts'],
    for: '5m',
    summary: 'Prometheus cannot tell Alertmanager of alerts.',
    describe: (alertmanager, count) =>
      `Prometheus could not tell ${alertmanager} of ${count} alerts in the last 5 minutes.`,
    because: 'it told of all',
  });

/** What Prometheus counts against its limit: blocks, log and head. */
const used = [
  'prometheus_tsdb_storage_blocks_bytes',
  'prometheus_tsdb_wal_storage_size_bytes',
  'prometheus_tsdb_head_chunks_storage_size_bytes',
] as const;

/** Share of the space that each Prometheus may use that it does use. One without a limit has none. */
export function storageShare({ select }: Pick<Promql, 'select'>): string {
  const limit = select('prometheus_tsdb_retention_limit_bytes');
  return `(${used.map((each) => select(each)).join(' + ')}) / (${limit} > 0)`;
}

/** At the limit the oldest days go, before `retentionDays` are over. */
function storageNearLimit(promql: Promql): AlertDraft {
  const series = (blocks: number, log: number, head: number, most = 1000) => ({
    [used[0]]: `${blocks}x80`,
    [used[1]]: `${log}x80`,
    [used[2]]: `${head}x80`,
    prometheus_tsdb_retention_limit_bytes: `${most}x80`,
  });
  const description = (share: string) =>
    `Prometheus uses ${share} of the space that it may; at 100% the oldest days go.`;
  return {
    alert: 'PrometheusStorageNearLimit',
    severity: 'warning',
    expr: `max(${storageShare(promql)}) > 0.95`,
    for: '1h',
    summary: 'The volume of Prometheus is too small for the days that it should keep.',
    description: description('{{ $value | humanizePercentage }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [{ series: series(700, 200, 70), holdsFrom: '0m', alerts: [{ description: description('97%') }] }],
      quiet: [
        { because: '95 % may be used', series: series(700, 200, 50), at: '70m' },
        { because: 'it has no limit', series: series(700, 200, 70, 0), at: '70m' },
      ],
    },
  };
}

function storageFailing({ increase }: Promql): AlertDraft {
  const failures = ['prometheus_tsdb_compactions_failed_total', 'prometheus_tsdb_reloads_failures_total'] as const;
  const description = 'In the last hour Prometheus has failed to compact or to read its blocks.';
  const fires = (metric: string) =>
    ({ series: { [metric]: '1x4 2x40' }, holdsFrom: '5m', alerts: [{ description }] }) as const;
  return {
    alert: 'PrometheusStorageFailing',
    severity: 'warning',
    expr: failures.map((each) => `sum(${increase(each, '1h')}) > 0`).join(' or '),
    for: '30m',
    summary: 'Prometheus cannot write its data.',
    description,
    dashboard: 'monitoring',
    scenarios: {
      fires: [fires(failures[0]), fires(failures[1])],
      quiet: [{ because: 'none failed', series: { [failures[0]]: '1x50', [failures[1]]: '1x50' }, at: '40m' }],
    },
  };
}
