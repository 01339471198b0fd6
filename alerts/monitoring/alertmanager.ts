import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on the stack's own Alertmanager, which come by another receiver, or by the copies that still work. */
export function alertmanagerGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'alertmanager', target: 'alertmanager', rules: [failing(promql), split(promql)] }];
}

/** A message counts as failed when all tries failed. There are few messages, so that one in ten is none by chance. */
function failing({ rate }: Promql): AlertDraft {
  const failed = `sum by (integration) (${rate('alertmanager_notifications_failed_total', '15m')})`;
  const all = `sum by (integration) (${rate('alertmanager_notifications_total', '15m')})`;
  const series = (failures: number) => ({
    'alertmanager_notifications_failed_total{integration="pagerduty", reason="serverError"}': inSteps(10, failures, 14),
    'alertmanager_notifications_total{integration="pagerduty"}': inSteps(100, 10, 14),
    'alertmanager_notifications_total{integration="slack"}': inSteps(100, 1000, 14),
  });
  const description = (share: string, integration: string) =>
    `${share} of the messages by ${integration} in the last 15 minutes did not arrive.`;
  return {
    alert: 'AlertmanagerNotificationsFailing',
    severity: 'critical',
    expr: `${failed} / ${all} > 0.1`,
    for: '5m',
    summary: 'Alertmanager cannot tell people of alerts.',
    description: description('{{ $value | humanizePercentage }}', '{{ $labels.integration }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          series: series(2),
          holdsFrom: '14m',
          alerts: [{ labels: { integration: 'pagerduty' }, description: description('20%', 'pagerduty') }],
        },
      ],
      quiet: [{ because: 'one in ten failed', series: series(1), at: '20m' }],
    },
  };
}

/** Copies that do not hear of each other each tell everything. A single copy has no such metric. */
function split({ select }: Promql): AlertDraft {
  const members = select('alertmanager_cluster_members');
  const copies = (...known: number[]) =>
    Object.fromEntries(known.map((count, n) => [`alertmanager_cluster_members{instance="${n}"}`, `${count}x30`]));
  const description = (count: string) => `A copy of Alertmanager knows fewer than the ${count} copies that run.`;
  return {
    alert: 'AlertmanagerClusterSplit',
    severity: 'warning',
    expr: `count(${members}) > min(${members})`,
    for: '15m',
    summary: 'The copies of Alertmanager do not hear of each other.',
    description: description('{{ $value }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [{ series: copies(2, 1), holdsFrom: '0m', alerts: [{ description: description('2') }] }],
      quiet: [
        { because: 'both know both', series: copies(2, 2), at: '20m' },
        { because: 'one that is down is still known', series: copies(2), at: '20m' },
      ],
    },
  };
}
