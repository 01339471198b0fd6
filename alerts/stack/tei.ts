import { failedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on Text Embeddings Inference, without which questions are not embedded. */
export function teiGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'tei', target: 'tei', rules: [failing(promql), queueing(promql), slow(promql)] }];
}

/** Texts that are no input for the model, which count as failures too, are the caller's fault. */
function failing({ rate, increase }: Promql): AlertDraft {
  const counters = (err: string) => (values: { failed: string; all: string }) => ({
    'te_request_count{method="single"}': values.all,
    [`te_request_failure{err="${err}"}`]: values.failed,
  });
  const share = failedShare({
    failed: rate('te_request_failure', '5m', { err: ['overloaded', 'inference', 'dropped'] }),
    all: rate('te_request_count', '5m'),
    counted: increase('te_request_count', '5m'),
    above: 0.05,
    counters: counters('overloaded'),
    excused: { because: 'the texts were no input', counters: counters('validation') },
    description: (text) => `TEI has refused or failed ${text} of the requests of the last 5 minutes.`,
  });
  return {
    alert: 'TeiRequestsFailing',
    severity: 'warning',
    ...share,
    summary: 'TEI refuses requests, or fails to embed.',
    dashboard: 'dependencies',
  };
}

/** It refuses what comes beyond 512 at a time: `max-concurrent-requests` of its arguments. */
function queueing({ range }: Promql): AlertDraft {
  const queue = (values: string) => ({
    'te_queue_size{instance="tei-0"}': values,
    'te_queue_size{instance="tei-1"}': '0x20',
  });
  const description = (length: string) => `On average ${length} texts have been waiting in a copy of TEI.`;
  return {
    alert: 'TeiQueueLong',
    severity: 'warning',
    expr: `max(avg_over_time(${range('te_queue_size', '5m')})) > 100`,
    for: '5m',
    summary: 'Texts wait long to be embedded.',
    description: description('{{ $value | humanize }}'),
    dashboard: 'dependencies',
    scenarios: {
      fires: [{ series: queue('0 0 0 0 0 150x20'), holdsFrom: '8m', alerts: [{ description: description('150') }] }],
      quiet: [{ because: '100 may wait', series: queue('100x20'), at: '12m' }],
    },
  };
}

/** The objective of retrieval is 200 ms, in which the question is embedded and the documents are searched. */
function slow({ rate }: Promql): AlertDraft {
  const took = (perRequest: number) => ({
    te_request_duration_sum: inSteps(100, perRequest * 100, 4),
    te_request_duration_count: inSteps(1000, 100, 4),
  });
  return {
    alert: 'TeiSlow',
    severity: 'warning',
    expr: `sum(${rate('te_request_duration_sum', '5m')}) / sum(${rate('te_request_duration_count', '5m')}) > 0.2`,
    for: '10m',
    summary: 'TEI takes long to embed.',
    description: 'TEI takes {{ $value | humanizeDuration }} for a request on average.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: took(0.3),
          holdsFrom: '4m',
          alerts: [{ description: 'TEI takes 300ms for a request on average.' }],
        },
      ],
      quiet: [{ because: 'it takes 200 ms', series: took(0.2), at: '14m' }],
    },
  };
}
