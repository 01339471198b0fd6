import { failedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on Text Embeddings Inference, without which questions are not embedded. */
export function teiGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'tei', target: 'tei', rules: [failing(promql), queueing(promql), slow(promql)] }];
}

/**
 * Requests that did not succeed. A request counts once, however many texts it has; what fails of it, `te_request_failure`, counts
 * once for each text that the model fails to embed or that its caller gives up. There is no success to count before the first
 * one. What is under way has not succeeded yet: when many begin at once, that is over after the 5 minutes that are looked at.
 * https://github.com/huggingface/text-embeddings-inference/blob/v1.9.3/router/src/http/server.rs
 */
function failing({ increase }: Promql): AlertDraft {
  const all = increase('te_request_count', '5m');
  const succeeded = increase('te_request_success', '5m');
  const requests = (count: string, success?: string) => ({
    'te_request_count{method="batch"}': count,
    ...(success !== undefined && { 'te_request_success{method="batch"}': success }),
  });
  const description = (share: string) => `TEI has refused or failed ${share} of the requests of the last 5 minutes.`;
  const share = failedShare({
    failed: `${all} - (${succeeded} or 0 * ${all})`,
    all,
    counted: all,
    above: 0.05,
    counters: ({ good, all: count }) => requests(count, good),
    description,
  });
  const { fires, quiet } = share.scenarios;
  return {
    alert: 'TeiRequestsFailing',
    severity: 'warning',
    ...share,
    summary: 'TEI refuses requests, or fails to embed.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        ...fires,
        // None has succeeded since it was started.
        { series: requests(inSteps(1000, 30, 4)), holdsFrom: '4m', alerts: [{ description: description('100%') }] },
      ],
      quiet: [
        ...quiet,
        {
          because: 'an import failed in 4 of 100 requests, of 16 texts each',
          series: {
            ...requests(inSteps(1000, 100, 4), inSteps(1000, 96, 4)),
            'te_request_failure{err="inference"}': inSteps(1000, 64, 4),
          },
          at: '9m',
        },
        {
          because: 'an import began, and each of its 32 requests at a time takes half a minute',
          every: '30s',
          series: requests('1000x9 1032+32x30', '1000x10 1032+32x29'),
          at: '10m',
        },
      ],
    },
  };
}

/** It refuses what comes beyond 512 texts at a time: `max-concurrent-requests` of its arguments. */
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

/** What is timed, in seconds. */
type Timed = 'te_request_queue_duration' | 'te_request_inference_duration' | 'rag_retrieval_duration_seconds';

/**
 * The objective of retrieval is 200 ms, in which the question is embedded and the documents are searched. How long a text waits
 * and is worked on is, for a request with several, their mean, where the whole request takes as long as its last text. But the
 * model works on several texts at once, and its time counts whole for each of them, so that the long texts of an import take
 * their seconds where nothing is wrong, and nothing in TEI's own metrics tells them from questions. So the searches must be slow
 * too.
 * https://github.com/huggingface/text-embeddings-inference/blob/v1.9.3/core/src/infer.rs
 */
function slow({ rate }: Promql): AlertDraft {
  const sum = (series: `${Timed}_${'sum' | 'count'}`) => `sum(${rate(series, '5m')})`;
  const text =
    `(${sum('te_request_queue_duration_sum')} + ${sum('te_request_inference_duration_sum')}) / ` +
    sum('te_request_inference_duration_count');
  const search = `${sum('rag_retrieval_duration_seconds_sum')} / ${sum('rag_retrieval_duration_seconds_count')}`;
  const took = (name: Timed, seconds: number, requests = 100) => ({
    [`${name}_sum`]: inSteps(100, seconds * requests, 4),
    [`${name}_count`]: inSteps(1000, requests, 4),
  });
  const texts = (waited: number, worked: number) => ({
    ...took('te_request_queue_duration', waited),
    ...took('te_request_inference_duration', worked),
  });
  const searches = (seconds: number, count?: number) => took('rag_retrieval_duration_seconds', seconds, count);
  return {
    alert: 'TeiSlow',
    severity: 'warning',
    expr: `${text} > 0.2 and ${search} > 0.2`,
    for: '10m',
    summary: 'TEI takes long to embed.',
    description:
      'TEI takes {{ $value | humanizeDuration }} for a text on average, and the search for passages is slow.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: { ...texts(0.1, 0.2), ...searches(0.32) },
          holdsFrom: '4m',
          alerts: [{ description: 'TEI takes 300ms for a text on average, and the search for passages is slow.' }],
        },
      ],
      quiet: [
        { because: 'it takes 200 ms', series: { ...texts(0.05, 0.15), ...searches(0.3) }, at: '14m' },
        {
          because: 'an import takes long, and questions do not wait for it',
          series: { ...texts(2, 3), ...searches(0.2) },
          at: '14m',
        },
        {
          because: 'an import takes long, and nobody asks',
          series: { ...texts(2, 3), ...searches(0.3, 0) },
          at: '14m',
        },
      ],
    },
  };
}
