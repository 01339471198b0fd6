import { failedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on the calls to language models, and on what becomes of questions whose model is away. */
export function modelCallGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [highModelFailureRatio(promql), slowModel(promql), modeDownshift(promql), retryBudgetExhausted(promql)];
  return [{ name: 'model-calls', target: 'api', rules }];
}

function highModelFailureRatio({ rate, increase }: Promql): AlertDraft {
  const description = (share: string, model: string) =>
    `${share} of the calls to ${model} of the last 10 minutes failed.`;
  return {
    alert: 'HighModelFailureRatio',
    severity: 'warning',
    ...failedShare({
      window: '10m',
      failed: rate('llm_request_failures_total', '10m'),
      all: rate('llm_requests_total', '10m'),
      counted: increase('llm_requests_total', '10m'),
      by: ['model'],
      labels: { model: 'qwen' },
      above: 0.1,
      counters: ({ failed, all }) => ({
        'llm_request_failures_total{model="qwen"}': failed,
        'llm_requests_total{model="qwen"}': all,
        'llm_requests_total{model="llama"}': inSteps(1000, 900, 4),
        'llm_request_failures_total{model="llama"}': inSteps(1000, 9, 4),
      }),
      description: (share) => description(share, '{{ $labels.model }}'),
      filled: (share) => description(share, 'qwen'),
    }),
    summary: 'Many calls to a language model fail.',
    dashboard: 'models',
  };
}

function slowModel({ rate, increase }: Promql): AlertDraft {
  const bucket = (model: string, le: string) => `llm_request_duration_seconds_bucket{model="${model}", le="${le}"}`;
  const calls = (model: string, within10: number, made: number) => ({
    [bucket(model, '10')]: inSteps(1000, within10, 4),
    [bucket(model, '30')]: inSteps(1000, made, 4),
    [bucket(model, '+Inf')]: inSteps(1000, made, 4),
    [`llm_request_duration_seconds_count{model="${model}"}`]: inSteps(1000, made, 4),
  });
  return {
    alert: 'SlowModel',
    severity: 'warning',
    expr:
      `histogram_quantile(0.95, sum by (model, le) (${rate('llm_request_duration_seconds_bucket', '10m')})) > 10 ` +
      `and sum by (model) (${increase('llm_request_duration_seconds_count', '10m')}) > 40`,
    for: '10m',
    summary: 'A language model takes long.',
    description:
      '5 % of the calls to {{ $labels.model }} of the last 10 minutes took longer than {{ $value | humanizeDuration }}.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          every: '2m',
          series: { ...calls('qwen', 54, 60), ...calls('llama', 1000, 1000) },
          holdsFrom: '8m',
          alerts: [
            {
              labels: { model: 'qwen' },
              description: '5 % of the calls to qwen of the last 10 minutes took longer than 20s.',
            },
          ],
        },
      ],
      quiet: [
        { because: '95 % take 10 s at most', every: '2m', series: calls('qwen', 95, 100), at: '18m' },
        { because: 'only 40 calls were made', every: '2m', series: calls('qwen', 16, 32), at: '18m' },
      ],
    },
  };
}

function modeDownshift({ rate, increase }: Promql): AlertDraft {
  const questions = (shifted: number, asked: number) => ({
    'llm_mode_downshift_total{from="creative", to="balanced"}': inSteps(1000, shifted, 4),
    'llm_mode_downshift_total{from="balanced", to="fast"}': inSteps(1000, 1, 4),
    'rag_queries_total{status="success"}': inSteps(1000, asked, 4),
  });
  return {
    alert: 'ModeDownshift',
    severity: 'warning',
    expr:
      `sum by (from, to) (${rate('llm_mode_downshift_total', '15m')}) / on () group_left () ` +
      `sum(${rate('rag_queries_total', '15m')}) > 0.1 and on () sum(${increase('rag_queries_total', '15m')}) > 60`,
    for: '15m',
    summary: 'Many questions are answered in a lesser mode.',
    description:
      '{{ $value | humanizePercentage }} of the questions of the last 15 minutes asked for the mode {{ $labels.from }} ' +
      'and were answered as {{ $labels.to }}.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          every: '3m',
          series: questions(20, 100),
          holdsFrom: '12m',
          alerts: [
            {
              labels: { from: 'creative', to: 'balanced' },
              description:
                '20% of the questions of the last 15 minutes asked for the mode creative and were answered as balanced.',
            },
          ],
        },
      ],
      quiet: [
        { because: '10 % are allowed', every: '3m', series: questions(10, 100), at: '27m' },
        { because: 'only 60 questions were asked', every: '3m', series: questions(24, 48), at: '27m' },
      ],
    },
  };
}

function retryBudgetExhausted({ increase }: Promql): AlertDraft {
  const refused = (by: number) => ({ llm_retries_refused_total: inSteps(1000, by, 4) });
  return {
    alert: 'RetryBudgetExhausted',
    severity: 'warning',
    expr: `sum(${increase('llm_retries_refused_total', '5m')}) > 5`,
    for: '5m',
    summary: 'Calls to language models fail faster than they may be retried.',
    description: 'The retry budget refused {{ $value | humanize }} retries within 5 minutes.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          series: refused(8),
          holdsFrom: '4m',
          alerts: [{ description: 'The retry budget refused 10 retries within 5 minutes.' }],
        },
      ],
      quiet: [{ because: 'it refused 5', series: refused(4), at: '9m' }],
    },
  };
}
