import { failedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on Loki, and on Alloy, which brings it the logs of pods. Nobody who asks a question notices, so that none pages. */
export function logGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [
    { name: 'loki', target: 'loki', rules: [lokiFailing(promql), lokiDiskNearlyFull(promql)] },
    { name: 'alloy', target: 'alloy', rules: [alloyDropping(promql)] },
  ];
}

function lokiFailing({ rate, increase }: Promql): AlertDraft {
  const requests = (status: number) =>
    `loki_request_duration_seconds_count{route="loki_api_v1_push", status_code="${status}"}`;
  const share = failedShare({
    failed: rate('loki_request_duration_seconds_count', '5m', { status_code: { matches: '5..' } }),
    all: rate('loki_request_duration_seconds_count', '5m'),
    counted: increase('loki_request_duration_seconds_count', '5m'),
    above: 0.05,
    counters: ({ good, failed }) => ({ [requests(204)]: good, [requests(500)]: failed }),
    excused: {
      because: 'the caller was wrong',
      counters: ({ good, failed }) => ({ [requests(204)]: good, [requests(400)]: failed }),
    },
    description: (text) => `Loki has answered ${text} of the requests of the last 5 minutes with an error.`,
  });
  return {
    alert: 'LokiRequestsFailing',
    severity: 'warning',
    ...share,
    summary: 'Loki answers with errors.',
    dashboard: 'monitoring',
  };
}

/** From 90 % on it takes no more logs: `ingester.wal.disk_full_threshold` of its configuration. */
function lokiDiskNearlyFull({ select }: Promql): AlertDraft {
  const disk = (used: number) => ({ loki_ingester_wal_disk_usage_percent: `${used}x30` });
  const description = (share: string) => `${share} of the volume of Loki is used; from 90% on it takes no more logs.`;
  return {
    alert: 'LokiDiskNearlyFull',
    severity: 'warning',
    expr: `max(${select('loki_ingester_wal_disk_usage_percent')}) > 0.8`,
    for: '15m',
    summary: 'The volume of Loki is nearly full.',
    description: description('{{ $value | humanizePercentage }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [{ series: disk(0.85), holdsFrom: '0m', alerts: [{ description: description('85%') }] }],
      quiet: [{ because: 'four fifths are used', series: disk(0.8), at: '20m' }],
    },
  };
}

function alloyDropping({ rate }: Promql): AlertDraft {
  const dropped = (values: string) => ({
    'loki_write_dropped_entries_total{host="loki:3100", reason="ingester_error"}': values,
  });
  const description = (count: string, reason: string) => `Alloy drops ${count} lines a second: ${reason}.`;
  return {
    alert: 'AlloyDroppingLogs',
    severity: 'warning',
    expr: `sum by (reason) (${rate('loki_write_dropped_entries_total', '10m')}) > 0`,
    for: '10m',
    summary: 'Logs of pods are lost.',
    description: description('{{ $value | humanize }}', '{{ $labels.reason }}'),
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          series: dropped(inSteps(9000, 540, 9)),
          holdsFrom: '9m',
          alerts: [{ labels: { reason: 'ingester_error' }, description: description('1', 'ingester_error') }],
        },
      ],
      quiet: [{ because: 'none is lost', series: dropped('9x40'), at: '25m' }],
    },
  };
}
