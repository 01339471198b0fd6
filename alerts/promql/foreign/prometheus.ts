import type { ForeignMetrics } from './metric.ts';

/** What Prometheus tells of itself: rules/group.go, notifier/metric.go and tsdb/db.go of https://github.com/prometheus/prometheus/tree/v3.15.0 */
export const prometheus = {
  prometheus_notifications_dropped_total: { type: 'counter', labels: ['alertmanager'] },
  prometheus_notifications_queue_length: { type: 'gauge', labels: ['alertmanager'] },
  prometheus_rule_evaluation_failures_total: { type: 'counter', labels: ['rule_group'] },
  prometheus_rule_group_iterations_missed_total: { type: 'counter', labels: ['rule_group'] },
  prometheus_rule_group_last_duration_seconds: { type: 'gauge', labels: ['rule_group'] },
  prometheus_tsdb_compactions_failed_total: { type: 'counter' },
  prometheus_tsdb_head_chunks_storage_size_bytes: { type: 'gauge' },
  prometheus_tsdb_head_series: { type: 'gauge' },
  prometheus_tsdb_reloads_failures_total: { type: 'counter' },
  prometheus_tsdb_retention_limit_bytes: { type: 'gauge' },
  prometheus_tsdb_storage_blocks_bytes: { type: 'gauge' },
  prometheus_tsdb_wal_storage_size_bytes: { type: 'gauge' },
  scrape_duration_seconds: { type: 'gauge' },
  scrape_samples_scraped: { type: 'gauge' },
} as const satisfies ForeignMetrics;
