import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on the way of traces and logs to their stores. Nobody who asks a question notices, so that none of them pages. */
export function collectorGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [exportFailing(promql), queueNearlyFull(promql), refusing(promql)];
  return [
    { name: 'otel-collector', target: 'otel-collector', rules },
    { name: 'jaeger', target: 'jaeger', rules: [jaegerFailing(promql)] },
  ];
}

/** Each step is of 600 in 10 minutes of which 9 are seen, so that a rate of 1 is reported. */
const steps = inSteps(9000, 540, 9);

function exportFailing({ rate }: Promql): AlertDraft {
  const [spans, logs] = [
    'otelcol_exporter_send_failed_spans_total',
    'otelcol_exporter_send_failed_log_records_total',
  ] as const;
  const job = 'otel-collector';
  const description = (count: string, exporter: string) =>
    `The collector fails to send ${count} items a second to ${exporter}.`;
  const failures = (metric: string, exporter: string, values = steps) => ({
    [`${metric}{job="${job}", exporter="${exporter}"}`]: values,
  });
  const fires = (metric: string, exporter: string) =>
    ({
      series: failures(metric, exporter),
      holdsFrom: '9m',
      alerts: [{ labels: { exporter }, description: description('1', exporter) }],
    }) as const;
  return {
    alert: 'CollectorExportFailing',
    severity: 'warning',
    expr: [spans, logs].map((each) => `sum by (exporter) (${rate(each, '10m', { job })}) > 0`).join(' or '),
    for: '10m',
    summary: 'Traces or logs do not reach their store.',
    description: description('{{ $value | humanize }}', '{{ $labels.exporter }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [fires(spans, 'otlp_grpc/jaeger'), fires(logs, 'otlp_http/loki')],
      quiet: [
        { because: 'all is sent', series: failures(spans, 'otlp_grpc/jaeger', '9x40'), at: '25m' },
        { because: 'Jaeger failed itself', series: { [`${spans}{job="jaeger", exporter="x"}`]: steps }, at: '25m' },
        {
          because: 'Jaeger failed itself, with logs',
          series: { [`${logs}{job="jaeger", exporter="x"}`]: steps },
          at: '25m',
        },
      ],
    },
  };
}

/** What a store does not take waits in a queue of 1000 batches, and is lost beyond. */
function queueNearlyFull({ select }: Promql): AlertDraft {
  const size = `max by (exporter) (${select('otelcol_exporter_queue_size', { job: 'otel-collector' })})`;
  const capacity = `max by (exporter) (${select('otelcol_exporter_queue_capacity', { job: 'otel-collector' })})`;
  const labels = (job: string) => `{job="${job}", exporter="otlp_http/mlflow"}`;
  const queue = (batches: number, job = 'otel-collector', capacityJob = job) => ({
    [`otelcol_exporter_queue_size${labels(job)}`]: `${batches}x20`,
    [`otelcol_exporter_queue_capacity${labels(capacityJob)}`]: '1000x20',
  });
  const description = (exporter: string, share: string) =>
    `The queue of ${exporter} in the collector is ${share} full.`;
  return {
    alert: 'CollectorQueueNearlyFull',
    severity: 'warning',
    expr: `${size} / ${capacity} > 0.8`,
    for: '10m',
    summary: 'Traces or logs pile up before their store.',
    description: description('{{ $labels.exporter }}', '{{ $value | humanizePercentage }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          series: queue(900),
          holdsFrom: '0m',
          alerts: [{ labels: { exporter: 'otlp_http/mlflow' }, description: description('otlp_http/mlflow', '90%') }],
        },
      ],
      quiet: [
        { because: 'four fifths are full', series: queue(800), at: '15m' },
        { because: 'it is the queue of Jaeger', series: queue(900, 'jaeger'), at: '15m' },
      ],
    },
  };
}

function refusing({ rate }: Promql): AlertDraft {
  const [spans, logs] = ['otelcol_receiver_refused_spans_total', 'otelcol_receiver_refused_log_records_total'] as const;
  const job = 'otel-collector';
  const description = (count: string) => `The collector refuses ${count} items a second.`;
  const fires = (metric: string) =>
    ({
      series: { [`${metric}{job="${job}", receiver="otlp"}`]: steps },
      holdsFrom: '9m',
      alerts: [{ description: description('1') }],
    }) as const;
  return {
    alert: 'CollectorRefusing',
    severity: 'warning',
    expr: [spans, logs].map((each) => `sum(${rate(each, '10m', { job })}) > 0`).join(' or '),
    for: '10m',
    summary: 'The collector refuses traces or logs, for want of memory.',
    description: description('{{ $value | humanize }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [fires(spans), fires(logs)],
      quiet: [
        { because: 'it takes all', series: { [`${spans}{job="${job}"}`]: '9x40' }, at: '25m' },
        { because: 'Jaeger refused', series: { [`${spans}{job="jaeger"}`]: steps }, at: '25m' },
        { because: 'Jaeger refused logs', series: { [`${logs}{job="jaeger"}`]: steps }, at: '25m' },
      ],
    },
  };
}

/** Jaeger is made from the collector, and tells of its own store in the same way. */
function jaegerFailing({ rate }: Promql): AlertDraft {
  const failed = (job: string, values = steps) => ({
    [`otelcol_exporter_send_failed_spans_total{job="${job}", exporter="jaeger_storage_exporter"}`]: values,
  });
  const description = (count: string) => `Jaeger fails to store ${count} spans a second.`;
  return {
    alert: 'JaegerStorageFailing',
    severity: 'warning',
    expr: `sum(${rate('otelcol_exporter_send_failed_spans_total', '10m', { job: 'jaeger' })}) > 0`,
    for: '10m',
    summary: 'Jaeger cannot store traces.',
    description: description('{{ $value | humanize }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [{ series: failed('jaeger'), holdsFrom: '9m', alerts: [{ description: description('1') }] }],
      quiet: [
        { because: 'it stores all', series: failed('jaeger', '9x40'), at: '25m' },
        { because: 'the collector failed', series: failed('otel-collector'), at: '25m' },
      ],
    },
  };
}
