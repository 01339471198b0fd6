import type { ForeignMetrics } from './metric.ts';

const receiver = ['receiver', 'transport'] as const;

/**
 * The collector's own metrics, which Jaeger 2 has too, being made from it:
 * https://github.com/open-telemetry/opentelemetry-collector/blob/v0.162.0/exporter/exporterhelper/documentation.md and
 * .../receiver/receiverhelper/documentation.md. As Prometheus reads them, counters end with `_total`:
 * https://opentelemetry.io/docs/collector/internal-telemetry/
 */
export const otelCollector = {
  otelcol_exporter_queue_capacity: { type: 'gauge', labels: ['exporter', 'data_type'] },
  otelcol_exporter_queue_size: { type: 'gauge', labels: ['exporter', 'data_type'] },
  otelcol_exporter_send_failed_log_records_total: { type: 'counter', labels: ['exporter'] },
  otelcol_exporter_send_failed_spans_total: { type: 'counter', labels: ['exporter'] },
  otelcol_receiver_refused_log_records_total: { type: 'counter', labels: receiver },
  otelcol_receiver_refused_spans_total: { type: 'counter', labels: receiver },
} as const satisfies ForeignMetrics;
