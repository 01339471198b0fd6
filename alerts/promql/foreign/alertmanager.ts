import type { ForeignMetrics } from './metric.ts';

/** notify/metrics.go and cluster/delegate.go of https://github.com/prometheus/alertmanager/tree/v0.34.2 */
export const alertmanager = {
  alertmanager_alerts: { type: 'gauge', labels: ['state'] },
  alertmanager_cluster_members: { type: 'gauge' },
  alertmanager_notification_latency_seconds: { type: 'histogram', labels: ['integration'] },
  alertmanager_notifications_failed_total: { type: 'counter', labels: ['integration', 'reason'] },
  alertmanager_notifications_total: { type: 'counter', labels: ['integration'] },
  alertmanager_silences: { type: 'gauge', labels: ['state'] },
} as const satisfies ForeignMetrics;
