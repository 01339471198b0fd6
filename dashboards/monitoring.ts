import { storageShare } from '../alerts/monitoring/prometheus.ts';
import { dashboard, type Dashboard } from './dashboard.ts';
import { criticalAlerts, firing, firingAlerts } from './firing-alerts.ts';
import type { DashboardOptions } from './links.ts';
import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { stat } from './panel-stat.ts';
import { table } from './panel-table.ts';
import { telemetry } from './monitoring-telemetry.ts';
import { dashboardPromql, quantile } from './promql.ts';

const { select, rate, increase } = dashboardPromql;
const window = '$__rate_interval';

/** Whether what the other dashboards and the alerts say can be believed. */
export function monitoring(options: DashboardOptions): Dashboard {
  return dashboard(
    {
      name: 'monitoring',
      title: 'Monitoring',
      description: 'Whether metrics, alerts, traces and logs get to where they are read.',
      sections: [
        { title: 'Now', panels: now() },
        { title: 'Targets', panels: targets() },
        { title: 'Alerts', panels: alerts(options) },
        { title: 'Prometheus', panels: prometheus() },
        { title: 'Alertmanager', panels: alertmanager() },
        { title: 'Traces and logs', panels: telemetry() },
      ],
    },
    options,
  );
}

const now = (): Panel[] => [
  stat({
    title: 'Targets down',
    description: 'Copies of parts that do not answer Prometheus now.',
    unit: 'none',
    query: `count(${select('up')} == 0) or vector(0)`,
    limits: { bad: 'above', warning: 1 },
  }),
  criticalAlerts(),
  stat({
    title: 'Warnings',
    description: 'Alerts for the next working day that fire now.',
    unit: 'none',
    query: `count(${firing('warning')}) or vector(0)`,
    limits: { bad: 'above', warning: 1 },
  }),
  stat({
    title: 'Failed rules',
    description: 'Evaluations of rules that failed over the time that is shown: their alerts are blind meanwhile.',
    unit: 'none',
    query: `sum(${increase('prometheus_rule_evaluation_failures_total', '$__range')})`,
    limits: { bad: 'above', critical: 1 },
  }),
  stat({
    title: 'Failed notifications',
    description: 'Notifications that Alertmanager could not deliver over the time that is shown.',
    unit: 'none',
    query: `sum(${increase('alertmanager_notifications_failed_total', '$__range')})`,
    limits: { bad: 'above', critical: 1 },
  }),
  stat({
    title: 'Active silences',
    description: 'Silences that keep alerts from people now.',
    unit: 'none',
    query: `max(${select('alertmanager_silences', { state: 'active' })})`,
    limits: { bad: 'above', warning: 1 },
  }),
];

const targets = (): Panel[] => [
  graph({
    title: 'Copies that answer',
    description: 'Copies of each part that answer Prometheus.',
    unit: 'none',
    queries: { '{{job}}': `sum by (job) (${select('up')})` },
  }),
  graph({
    title: 'Time of a scrape',
    description: 'How long the slowest copy of each part takes to tell its metrics. At 10 s Prometheus gives up.',
    unit: 's',
    queries: { '{{job}}': `max by (job) (${select('scrape_duration_seconds')})` },
    limits: { bad: 'above', critical: 10 },
  }),
  graph({
    title: 'Samples of a scrape',
    description: 'Series that each part tells, all its copies together. A steady rise is a label with too many values.',
    unit: 'short',
    queries: { '{{job}}': `sum by (job) (${select('scrape_samples_scraped')})` },
  }),
];

const alerts = (options: DashboardOptions): Panel[] => [
  firingAlerts(options),
  table({
    title: 'Pending alerts',
    description: 'Alerts whose condition holds, and which fire when it goes on.',
    unit: 'none',
    query: `count by (severity, alertname) (${select('ALERTS', { alertstate: 'pending' })})`,
    value: 'Series',
  }),
  graph({
    title: 'Alerts over time',
    description: 'Alerts that fired, by name.',
    unit: 'none',
    stacked: true,
    queries: { '{{alertname}}': `count by (alertname) (${firing()})` },
    width: 24,
  }),
];

const prometheus = (): Panel[] => [
  graph({
    title: 'Series in memory',
    description: 'Series that Prometheus holds in memory: about 4 kB each.',
    unit: 'short',
    queries: { '{{instance}}': `sum by (instance) (${select('prometheus_tsdb_head_series')})` },
  }),
  graph({
    title: 'Volume of Prometheus',
    description:
      'Share of the size it may have that blocks, log and head take together. At 100 % the oldest days go, before their time.',
    unit: 'percentunit',
    max: 1,
    queries: { '{{instance}}': `max by (instance) (${storageShare(dashboardPromql)})` },
    limits: { bad: 'above', warning: 0.9 },
  }),
  graph({
    title: 'Time of the rules',
    description: 'Time that the slowest group of rules takes. Above 15 s its evaluations are skipped.',
    unit: 's',
    queries: { slowest: `max(${select('prometheus_rule_group_last_duration_seconds')})` },
    limits: { bad: 'above', critical: 15 },
  }),
  graph({
    title: 'Failed rules',
    description: 'Evaluations of rules that failed, each second, by group.',
    unit: 'ops',
    queries: {
      '{{rule_group}}': `sum by (rule_group) (${rate('prometheus_rule_evaluation_failures_total', window)}) > 0`,
    },
  }),
  graph({
    title: 'Alerts for Alertmanager',
    description: 'Alerts that wait to be sent to Alertmanager.',
    unit: 'none',
    queries: { waiting: `sum(${select('prometheus_notifications_queue_length')})` },
  }),
  graph({
    title: 'Lost alerts',
    description: 'Alerts each second that Prometheus could not give to Alertmanager: nobody is told of them.',
    unit: 'ops',
    queries: { lost: `sum(${rate('prometheus_notifications_dropped_total', window)})` },
  }),
  graph({
    title: 'Evaluations left out',
    description:
      'Evaluations of rules each second that Prometheus left out, since the one before took too long, by group.',
    unit: 'ops',
    queries: {
      '{{rule_group}}': `sum by (rule_group) (${rate('prometheus_rule_group_iterations_missed_total', window)}) > 0`,
    },
    width: 12,
  }),
  graph({
    title: 'Failed writes',
    description: 'Times each second that Prometheus could not compact its blocks, or read them anew.',
    unit: 'ops',
    queries: {
      compact: `sum(${rate('prometheus_tsdb_compactions_failed_total', window)})`,
      read: `sum(${rate('prometheus_tsdb_reloads_failures_total', window)})`,
    },
    width: 12,
  }),
];

const alertmanager = (): Panel[] => [
  graph({
    title: 'Alerts in Alertmanager',
    description: 'Alerts that Alertmanager knows, by state: suppressed ones are silenced or inhibited.',
    unit: 'none',
    stacked: true,
    queries: { '{{state}}': `max by (state) (${select('alertmanager_alerts')})` },
  }),
  graph({
    title: 'Notifications',
    description: 'Notifications each second, sent and failed, by way.',
    unit: 'ops',
    queries: {
      '{{integration}}': `sum by (integration) (${rate('alertmanager_notifications_total', window)}) > 0`,
      '{{integration}} failed': `sum by (integration) (${rate('alertmanager_notifications_failed_total', window)}) > 0`,
    },
  }),
  graph({
    title: 'Time of a notification',
    description: 'Time within which 95 of 100 notifications were delivered, by way.',
    unit: 's',
    queries: {
      '{{integration}}': quantile(0.95, rate('alertmanager_notification_latency_seconds_bucket', window), [
        'integration',
      ]),
    },
  }),
  graph({
    title: 'Copies of Alertmanager',
    description:
      'Copies that each copy of Alertmanager hears of, itself included. Where one hears of fewer than there are, people are ' +
      'told twice.',
    unit: 'none',
    queries: { '{{instance}}': `sum by (instance) (${select('alertmanager_cluster_members')})` },
    width: 24,
  }),
];
