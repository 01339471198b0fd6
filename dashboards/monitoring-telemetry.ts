import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { dashboardPromql } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';
const collector = { job: 'otel-collector' } as const;

/** Whether spans and log records get from the service to where they are read. */
export const telemetry = (): Panel[] => [
  graph({
    title: 'Failed exports',
    description: 'Batches of spans or log records each second that the service could not send to the collector.',
    unit: 'ops',
    queries: { '{{signal}}': `sum by (signal) (${rate('telemetry_export_failures_total', window)})` },
  }),
  graph({
    title: 'Dropped by the service',
    description: 'Spans or log records each second that were dropped because too many waited to be sent.',
    unit: 'ops',
    queries: { '{{signal}}': `sum by (signal) (${rate('telemetry_dropped_total', window)})` },
  }),
  graph({
    title: 'Refused by the collector',
    description: 'Spans and log records each second that the collector refused, for it had no memory for them.',
    unit: 'ops',
    queries: {
      spans: `sum(${rate('otelcol_receiver_refused_spans_total', window, collector)})`,
      'log records': `sum(${rate('otelcol_receiver_refused_log_records_total', window, collector)})`,
    },
  }),
  graph({
    title: 'Lost by the collector',
    description: 'Spans and log records each second that the collector could not pass on to Jaeger, Loki or elsewhere.',
    unit: 'ops',
    queries: {
      '{{exporter}} spans': `sum by (exporter) (${rate('otelcol_exporter_send_failed_spans_total', window, collector)})`,
      '{{exporter}} log records': `sum by (exporter) (${rate('otelcol_exporter_send_failed_log_records_total', window, collector)})`,
    },
  }),
  graph({
    title: 'Queue of the collector',
    description:
      'Share of the places in the queue to each goal of the collector that are taken. When it is full, it loses data.',
    unit: 'percentunit',
    max: 1,
    queries: {
      '{{exporter}}':
        `max by (exporter) (${select('otelcol_exporter_queue_size', collector)})` +
        ` / max by (exporter) (${select('otelcol_exporter_queue_capacity', collector)})`,
    },
    limits: { bad: 'above', warning: 0.8 },
  }),
  graph({
    title: 'Lost by Alloy',
    description: 'Log lines each second that Alloy read on a node and could not bring to Loki, by reason.',
    unit: 'ops',
    queries: { '{{reason}}': `sum by (reason) (${rate('loki_write_dropped_entries_total', window)})` },
  }),
  graph({
    title: 'Lost by Jaeger',
    description: 'Spans each second that Jaeger took and could not store.',
    unit: 'ops',
    queries: { spans: `sum(${rate('otelcol_exporter_send_failed_spans_total', window, { job: 'jaeger' })})` },
  }),
  graph({
    title: 'Errors of Loki',
    description: 'Requests each second that Loki answered with an error of its own, by status.',
    unit: 'reqps',
    queries: {
      '{{status_code}}': `sum by (status_code) (${rate('loki_request_duration_seconds_count', window, { status_code: { matches: '5..' } })})`,
    },
  }),
  graph({
    title: 'Volume of Loki',
    description: 'Share of the volume of Loki that is used. From 90 % on it takes no more logs.',
    unit: 'percentunit',
    max: 1,
    queries: { used: `max(${select('loki_ingester_wal_disk_usage_percent')})` },
    limits: { bad: 'above', warning: 0.8, critical: 0.9 },
  }),
];
