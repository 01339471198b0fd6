import { failedShare, type FailedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';
import type { Scenario } from '../scenario.ts';

/** Alerts on what the askers of questions get. The alerts on error budgets page; these say sooner or more clearly what is wrong. */
export function answerGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [
    highErrorRatio(promql),
    degradedAnswersHigh(promql),
    highLatency(promql),
    slowFirstToken(promql),
    slowRetrieval(promql),
  ];
  return [{ name: 'answers', target: 'api', rules }];
}

function highErrorRatio({ rate, increase }: Promql): AlertDraft {
  return {
    alert: 'HighErrorRatio',
    severity: 'warning',
    ...failedShare({
      failed: rate('rag_queries_total', '5m', { status: 'error' }),
      all: rate('rag_queries_total', '5m'),
      counted: increase('rag_queries_total', '5m'),
      above: 0.05,
      counters: questions('error'),
      excused: { because: 'they were shed', counters: questions('shed') },
      description: (share) => `${share} of the questions of the last 5 minutes failed; 5 % are allowed.`,
    }),
    summary: 'Many questions fail.',
    dashboard: 'overview',
  };
}

function degradedAnswersHigh({ rate, increase }: Promql): AlertDraft {
  return {
    alert: 'DegradedAnswersHigh',
    severity: 'warning',
    ...failedShare({
      window: '10m',
      failed: rate('rag_queries_total', '10m', { status: 'degraded' }),
      all: rate('rag_queries_total', '10m'),
      counted: increase('rag_queries_total', '10m'),
      above: 0.1,
      counters: questions('degraded'),
      excused: { because: 'stored answers are whole', counters: questions('cached') },
      description: (share) => `${share} of the questions of the last 10 minutes got a degraded answer.`,
    }),
    summary: 'Many answers are given without documents, without a model, or stale.',
    dashboard: 'overview',
  };
}

/** Questions that were answered, and those that ended with another status. */
function questions(status: string): FailedShare['counters'] {
  return ({ good, failed }) => ({
    [`rag_queries_total{status="${status}"}`]: failed,
    'rag_queries_total{status="success"}': good,
  });
}

function highLatency(promql: Promql): AlertDraft {
  return slow(promql, {
    alert: 'HighLatency',
    histogram: 'rag_query_duration_seconds',
    seconds: 5,
    nextBound: 10,
    what: 'questions of the last 5 minutes took longer than',
    summary: 'Answers take long.',
    dashboard: 'overview',
  });
}

function slowFirstToken(promql: Promql): AlertDraft {
  return slow(promql, {
    alert: 'SlowFirstToken',
    histogram: 'rag_time_to_first_token_seconds',
    seconds: 2,
    nextBound: 5,
    what: 'streamed answers of the last 5 minutes began only after',
    summary: 'Streamed answers begin late.',
    dashboard: 'overview',
  });
}

function slowRetrieval(promql: Promql): AlertDraft {
  return slow(promql, {
    alert: 'SlowRetrieval',
    histogram: 'rag_retrieval_duration_seconds',
    seconds: 1,
    nextBound: 2,
    what: 'searches for passages of the last 5 minutes took longer than',
    summary: 'The search for passages takes long.',
    dashboard: 'dependencies',
  });
}

interface Slow extends Pick<AlertDraft, 'alert' | 'summary' | 'dashboard'> {
  readonly histogram:
    'rag_query_duration_seconds' | 'rag_time_to_first_token_seconds' | 'rag_retrieval_duration_seconds';
  /** The bound of a bucket that the 95th percentile may reach. */
  readonly seconds: number;
  /** The bound of the bucket above it. */
  readonly nextBound: number;
  readonly what: string;
}

/** The slowest twentieth takes longer than some seconds. */
function slow({ rate, increase }: Promql, options: Slow): AlertDraft {
  const { alert, summary, dashboard, histogram, seconds, nextBound, what } = options;
  const buckets = rate(`${histogram}_bucket`, '5m');
  const observed = (withinBound: number, all: number): Scenario['series'] => ({
    [`${histogram}_bucket{le="${seconds}"}`]: inSteps(1000, withinBound, 4),
    [`${histogram}_bucket{le="${nextBound}"}`]: inSteps(1000, all, 4),
    [`${histogram}_bucket{le="+Inf"}`]: inSteps(1000, all, 4),
    [`${histogram}_count`]: inSteps(1000, all, 4),
  });
  return {
    alert,
    severity: 'warning',
    expr:
      `histogram_quantile(0.95, sum by (le) (${buckets})) > ${seconds} ` +
      `and sum(${increase(`${histogram}_count`, '5m')}) > 20`,
    for: '10m',
    summary,
    description: `5 % of the ${what} {{ $value | humanizeDuration }}; ${seconds} s are allowed.`,
    dashboard,
    scenarios: {
      fires: [
        {
          series: observed(27, 30),
          holdsFrom: '4m',
          alerts: [{ description: `5 % of the ${what} ${(seconds + nextBound) / 2}s; ${seconds} s are allowed.` }],
        },
      ],
      quiet: [
        { because: `95 % take ${seconds} s at most`, series: observed(190, 200), at: '14m' },
        { because: 'only 20 were seen', series: observed(8, 16), at: '14m' },
      ],
    },
  };
}
