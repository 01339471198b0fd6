import type { ForeignMetrics } from './metric.ts';

/** https://grafana.com/docs/loki/latest/operations/meta-monitoring/, and pkg/ingester/metrics.go of Loki 3.7.7. */
export const loki = {
  loki_ingester_wal_disk_usage_percent: { type: 'gauge' },
  loki_request_duration_seconds: { type: 'histogram', labels: ['method', 'route', 'status_code', 'ws'] },
} as const satisfies ForeignMetrics;
