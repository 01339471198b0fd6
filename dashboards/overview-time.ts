import { firstToken } from './first-token.ts';
import { badShareLimits, boundLimits } from './objectives.ts';
import { bars } from './panel-bars.ts';
import { graph, percentiles } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { dashboardPromql } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';

/** How many questions, how they end, how fast. */
export const traffic = (): Panel[] => [
  graph({
    title: 'Questions',
    description: 'Admitted questions each second, by how they ended.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{status}}': `sum by (status) (${rate('rag_queries_total', window)})` },
  }),
  graph({
    title: 'Errors',
    description:
      'Share of the admitted questions that ended in an error or were refused because of overload. The objective of ' +
      'availability allows as many as the lower line says; at the upper one its alert pages.',
    unit: 'percentunit',
    queries: {
      error: `sum(${rate('rag_queries_total', window, { status: 'error' })}) / sum(${rate('rag_queries_total', window)})`,
      shed: `sum(${rate('rag_queries_total', window, { status: 'shed' })}) / sum(${rate('rag_queries_total', window)})`,
    },
    limits: badShareLimits('availability'),
  }),
  percentiles({
    title: 'Latency',
    description:
      'Time from the arrival of a question to its answer; one in two, in twenty, in a hundred takes longer. The objective ' +
      'wants p95 below the line.',
    unit: 's',
    histogram: 'rag_query_duration_seconds',
    limits: boundLimits('latency'),
  }),
  firstToken(),
  graph({
    title: 'Answers from the cache',
    description: 'Share of the questions that a stored answer was found for. The others cost a call to a model.',
    unit: 'percentunit',
    max: 1,
    queries: {
      hits: `sum(${rate('rag_cache_hits_total', window)}) / sum(${rate('rag_queries_total', window, { status: { not: 'shed' } })})`,
    },
  }),
  graph({
    title: 'Sessions',
    description:
      'Sessions with a question in the last 30 minutes. A session that several copies served counts in each of them.',
    unit: 'none',
    queries: { sessions: `sum(${select('rag_active_sessions')})` },
  }),
];

/** How full the service is, and what it refuses. */
export const overload = (): Panel[] => [
  graph({
    title: 'Questions at once',
    description: 'Questions being answered now, in all copies of the service together, and how many of them may run.',
    unit: 'none',
    queries: {
      active: `sum(${select('rag_active_queries')})`,
      'in their places': `sum(${select('rag_admission_in_flight')})`,
      limit: `sum(${select('rag_admission_limit')})`,
    },
  }),
  graph({
    title: 'Queue',
    description: 'Questions that wait for a place, in all copies together. A queue that does not empty is overload.',
    unit: 'none',
    queries: { waiting: `sum(${select('rag_admission_queue_size')})` },
  }),
  graph({
    title: 'Saturation',
    description:
      'Share of the places that are taken, and the time that the slowest copy makes a ready task wait: above 100 ms the ' +
      'processor is too busy to keep the promised times.',
    unit: 'percentunit',
    queries: {
      'places, in all copies': `sum(${select('rag_admission_in_flight')}) / sum(${select('rag_admission_limit')})`,
      'event loop, of 100 ms': `max(${select('nodejs_eventloop_lag_p99_seconds', { job: 'api' })}) / 0.1`,
    },
    limits: { bad: 'above', warning: 0.8, critical: 1 },
  }),
  graph({
    title: 'Shed',
    description: 'Questions that were refused because of overload, each second, by reason.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{reason}}': `sum by (reason) (${rate('rag_requests_shed_total', window)})` },
  }),
  graph({
    title: 'Errors by kind',
    description:
      'Requests that ended in an error, each second, by kind. Those of clients count too, such as bad_request.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{type}}': `sum by (type) (${rate('rag_errors_total', window)})` },
  }),
  graph({
    title: 'Retrieval',
    description: 'Time within which 99 of 100 searches for passages ended. The objective wants it below the line.',
    unit: 's',
    queries: {
      p99: `histogram_quantile(0.99, sum by (le) (${rate('rag_retrieval_duration_seconds_bucket', window)}))`,
    },
    exemplars: true,
    limits: boundLimits('retrieval'),
  }),
];

/** What stands in for what is away. */
export const faults = (): Panel[] => [
  graph({
    title: 'Degradation',
    description:
      'Share of the copies in each mode: full service, answers from the cache alone, passages alone, or nothing new.',
    unit: 'percentunit',
    stacked: true,
    max: 1,
    queries: { '{{mode}}': `avg by (mode) (${select('rag_degradation_mode')})` },
  }),
  graph({
    title: 'Circuit breakers',
    description: 'Share of the copies whose breaker of a model or a dependency is open or half open.',
    unit: 'percentunit',
    max: 1,
    queries: { '{{model}}': `avg by (model) (${select('circuit_breaker_state')} != bool 0)` },
  }),
  graph({
    title: 'Downshifts',
    description: 'Questions answered in a lesser mode each second, by the mode they were answered in.',
    unit: 'reqps',
    queries: { 'to {{to}}': `sum by (to) (${rate('llm_mode_downshift_total', window)})` },
  }),
];

/** What models read, write and cost, and what people ask. */
export const money = (): Panel[] => [
  graph({
    title: 'Tokens',
    description: 'Tokens that models read and write each second.',
    unit: 'none',
    stacked: true,
    queries: { '{{type}}': `sum by (type) (${rate('llm_tokens_total', window)})` },
  }),
  graph({
    title: 'Cost',
    description: 'What calls to models cost by the hour at the present rate, in US dollars.',
    unit: 'currencyUSD',
    stacked: true,
    queries: { '{{model}}': `sum by (model) (${rate('llm_cost_usd_total', window)}) * 3600` },
  }),
  bars({
    title: 'Top questions',
    description:
      'How often the most frequent questions were asked since the service started, at least. Empty unless ' +
      'TOP_QUESTIONS_ENABLED is set.',
    unit: 'none',
    queries: { '{{question}}': `topk(10, sum by (question) (${select('rag_top_questions')}))` },
  }),
];
