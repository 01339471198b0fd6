import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on what the service tells of itself: traces and logs that are lost, and the errors that it records as incidents. */
export function telemetryGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [
    { name: 'telemetry', target: 'api', rules: [exportFailing(promql), dropped(promql)] },
    { name: 'incidents', target: 'api', rules: [incidentsRecorded(promql)] },
  ];
}

function exportFailing({ increase }: Promql): AlertDraft {
  const failures = (by: number) => ({
    'telemetry_export_failures_total{signal="traces"}': inSteps(1000, by, 4),
    'telemetry_export_failures_total{signal="logs"}': '5x20',
  });
  return {
    alert: 'TelemetryExportFailing',
    severity: 'warning',
    expr: `sum by (signal) (${increase('telemetry_export_failures_total', '15m')}) > 3`,
    for: '15m',
    summary: 'Traces or logs of the service do not reach the collector.',
    description: '{{ $value | humanize }} batches of {{ $labels.signal }} could not be exported within 15 minutes.',
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          every: '3m',
          series: failures(4),
          holdsFrom: '12m',
          alerts: [
            {
              labels: { signal: 'traces' },
              description: '5 batches of traces could not be exported within 15 minutes.',
            },
          ],
        },
      ],
      quiet: [{ because: 'two are no trend', every: '3m', series: failures(2), at: '27m' }],
    },
  };
}

function dropped({ increase }: Promql): AlertDraft {
  const items = (by: number) => ({
    'telemetry_dropped_total{signal="logs"}': inSteps(1000, by, 4),
    'telemetry_dropped_total{signal="traces"}': '5x20',
  });
  return {
    alert: 'TelemetryDropped',
    severity: 'warning',
    expr: `sum by (signal) (${increase('telemetry_dropped_total', '15m')}) > 150`,
    for: '15m',
    summary: 'Spans or log records are dropped, since too many wait to be exported.',
    description: '{{ $value | humanize }} items of {{ $labels.signal }} were dropped within 15 minutes.',
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          every: '3m',
          series: items(240),
          holdsFrom: '12m',
          alerts: [{ labels: { signal: 'logs' }, description: '300 items of logs were dropped within 15 minutes.' }],
        },
      ],
      quiet: [{ because: '150 are allowed', every: '3m', series: items(120), at: '27m' }],
    },
  };
}

/** Of many questions some pass their deadline: one in a thousand may. Without questions every incident counts. */
function incidentsRecorded({ increase }: Promql): AlertDraft {
  const every = '5m';
  const incidents = `sum(${increase('incidents_total', '30m')})`;
  const recorded = (by: number, questions: number) => ({
    incidents_total: inSteps(1000, by, 5),
    'rag_queries_total{status="success"}': inSteps(1000, questions, 5),
  });
  return {
    alert: 'IncidentsRecorded',
    severity: 'warning',
    expr: `${incidents} > 6 unless ${incidents} <= 0.001 * sum(${increase('rag_queries_total', '30m')})`,
    for: '15m',
    summary: 'The service records errors that it should not make.',
    description: '{{ $value | humanize }} errors were recorded as incidents within 30 minutes.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every,
          series: recorded(10, 8000),
          holdsFrom: '25m',
          alerts: [{ description: '12 errors were recorded as incidents within 30 minutes.' }],
        },
        {
          every,
          series: { incidents_total: inSteps(1000, 10, 5) },
          holdsFrom: '25m',
          alerts: [{ description: '12 errors were recorded as incidents within 30 minutes.' }],
        },
      ],
      quiet: [
        { because: '6 are allowed', every, series: recorded(5, 100), at: '40m' },
        { because: 'one question of a thousand may fail', every, series: recorded(10, 12_000), at: '40m' },
      ],
    },
  };
}
