import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Other programs have metrics of these names too. */
const ours = { job: ['api', 'api-canary'] } as const;

/** Alerts on the processes of the service. */
export function processGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'process', target: 'api', rules: [eventLoopLag(promql), fileDescriptorsNearLimit(promql)] }];
}

/**
 * The longest delay since the last scrape: a percentile of all turns stays low while single long ones hold up every request. A
 * mean, since one long turn is no trend.
 */
function eventLoopLag({ range }: Promql): AlertDraft {
  const lag = (...values: readonly number[]) => ({
    'nodejs_eventloop_lag_max_seconds{instance="a"}': Array.from({ length: 5 }, () => values.join(' ')).join(' '),
    'nodejs_eventloop_lag_max_seconds{instance="b"}': '0.01x30',
  });
  return {
    alert: 'EventLoopLag',
    severity: 'warning',
    expr: `max by (instance) (avg_over_time(${range('nodejs_eventloop_lag_max_seconds', '5m')})) > 0.5`,
    for: '10m',
    summary: 'The event loop of a copy of the service is held up.',
    description:
      'The longest delay of the event loop of {{ $labels.instance }} between two scrapes is ' +
      '{{ $value | humanizeDuration }}, as a mean of 5 minutes.',
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: lag(0, 0, 0, 0, 5),
          holdsFrom: '4m',
          alerts: [
            {
              labels: { instance: 'a' },
              description:
                'The longest delay of the event loop of a between two scrapes is 1s, as a mean of 5 minutes.',
            },
          ],
        },
      ],
      quiet: [{ because: '500 ms are allowed', series: lag(0.5, 0.5, 0.5, 0.5, 0.5), at: '20m' }],
    },
  };
}

function fileDescriptorsNearLimit({ select }: Promql): AlertDraft {
  const files = (job: string, open: number) => ({
    [`process_open_fds{job="${job}", instance="a"}`]: `0x2 ${open}x30`,
    [`process_max_fds{job="${job}", instance="a"}`]: '1000x30',
    'process_open_fds{job="qdrant", instance="b"}': '1000x30',
    'process_max_fds{job="qdrant", instance="b"}': '1000x30',
  });
  return {
    alert: 'FileDescriptorsNearLimit',
    severity: 'warning',
    expr: `max by (instance) (${select('process_open_fds', ours)} / ${select('process_max_fds', ours)}) > 0.8`,
    for: '10m',
    summary: 'A copy of the service has few file descriptors left.',
    description:
      'The copy of the service at {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its file descriptors.',
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: files('api', 900),
          holdsFrom: '3m',
          alerts: [
            {
              labels: { instance: 'a' },
              description: 'The copy of the service at a uses 90% of its file descriptors.',
            },
          ],
        },
      ],
      quiet: [{ because: '80 % are allowed', series: files('api', 800), at: '13m' }],
    },
  };
}
