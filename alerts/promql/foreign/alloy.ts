import type { ForeignMetrics } from './metric.ts';

/** https://grafana.com/docs/alloy/latest/reference/components/loki/loki.write/#debug-metrics */
export const alloy = {
  loki_write_dropped_entries_total: { type: 'counter', labels: ['component_id', 'host', 'reason'] },
} as const satisfies ForeignMetrics;
