import { dashboard, type Dashboard } from './dashboard.ts';
import type { DashboardOptions } from './links.ts';
import { firstToken } from './first-token.ts';
import { boundLimits } from './objectives.ts';
import { bars } from './panel-bars.ts';
import { graph, percentiles } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { stat } from './panel-stat.ts';
import { bucketRate, dashboardPromql, quantile } from './promql.ts';

const { select, rate, increase } = dashboardPromql;
const window = '$__rate_interval';

/** Which model fails, is slow or costs much. */
export function models(options: DashboardOptions): Dashboard {
  return dashboard(
    {
      name: 'models',
      title: 'Models and cost',
      description: 'Which model fails, is slow or costs much, and what stands in for it.',
      sections: [
        { title: 'Over the time that is shown', panels: summary() },
        { title: 'Calls', panels: calls() },
        { title: 'What stands in', panels: fallbacks() },
        { title: 'Health checks', panels: checks() },
        { title: 'Tokens and cost', panels: cost() },
      ],
    },
    options,
  );
}

const summary = (): Panel[] => [
  stat({
    title: 'Calls',
    description: 'Calls to language models over the time that is shown.',
    unit: 'short',
    query: `sum(${increase('llm_requests_total', '$__range')})`,
  }),
  stat({
    title: 'Failed calls',
    description: 'Share of the calls to language models that failed over the time that is shown.',
    unit: 'percentunit',
    query: `sum(${increase('llm_request_failures_total', '$__range')}) / sum(${increase('llm_requests_total', '$__range')})`,
    limits: { bad: 'above', warning: 0.01, critical: 0.1 },
  }),
  stat({
    title: 'Models down',
    description: 'Models whose last check failed in at least one copy of the service.',
    unit: 'none',
    query: `count(min by (model) (${select('llm_health_status')}) == 0) or vector(0)`,
    limits: { bad: 'above', critical: 1 },
  }),
  stat({
    title: 'Tokens',
    description: 'Tokens read and written over the time that is shown.',
    unit: 'short',
    query: `sum(${increase('llm_tokens_total', '$__range')})`,
  }),
  stat({
    title: 'Cost',
    description: 'What calls to models cost over the time that is shown, in US dollars.',
    unit: 'currencyUSD',
    query: `sum(${increase('llm_cost_usd_total', '$__range')})`,
  }),
  stat({
    title: 'Cost of a question',
    description: 'Mean cost of a question over the time that is shown, those from the cache included, in US dollars.',
    unit: 'currencyUSD',
    query: `sum(${increase('rag_query_cost_usd_sum', '$__range')}) / sum(${increase('rag_query_cost_usd_count', '$__range')})`,
    limits: boundLimits('cost'),
  }),
];

const calls = (): Panel[] => [
  graph({
    title: 'Calls by model',
    description: 'Calls to each language model each second.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{model}}': `sum by (model) (${rate('llm_requests_total', window)})` },
  }),
  graph({
    title: 'Calls by mode',
    description: 'Calls each second by the mode that the question was answered in, and how they ended.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{mode}} {{outcome}}': `sum by (mode, outcome) (${rate('llm_requests_total', window)})` },
  }),
  graph({
    title: 'Failed calls by model',
    description: 'Share of the calls to each model that failed. Too large a share of them opens its circuit breaker.',
    unit: 'percentunit',
    max: 1,
    queries: {
      '{{model}}': `sum by (model) (${rate('llm_request_failures_total', window)}) / sum by (model) (${rate('llm_requests_total', window)})`,
    },
  }),
  percentiles({
    title: 'Time of a call',
    description: 'Time of one call to a language model, whichever it is.',
    unit: 's',
    histogram: 'llm_request_duration_seconds',
  }),
  graph({
    title: 'Time of a call by model',
    description: 'Time within which 95 of 100 calls to each model ended.',
    unit: 's',
    queries: { '{{model}}': quantile(0.95, bucketRate('llm_request_duration_seconds'), ['model']) },
    exemplars: true,
  }),
  firstToken(),
];

const fallbacks = (): Panel[] => [
  graph({
    title: 'Circuit breakers',
    description: 'Share of the copies whose breaker is open or half open, of models and of dependencies.',
    unit: 'percentunit',
    max: 1,
    queries: { '{{model}}': `avg by (model) (${select('circuit_breaker_state')} != bool 0)` },
  }),
  graph({
    title: 'Downshifts',
    description: 'Questions answered in a lesser mode each second, because the model of the one asked for was away.',
    unit: 'reqps',
    queries: {
      '{{from}} → {{to}}': `sum by (from, to) (${rate('llm_mode_downshift_total', window, { from: ['creative', 'balanced'] })})`,
    },
  }),
  graph({
    title: 'Refused retries',
    description: 'Further calls each second that the retry budget did not allow: more fail than retries can mend.',
    unit: 'reqps',
    queries: { refused: `sum(${rate('llm_retries_refused_total', window)})` },
  }),
];

const checks = (): Panel[] => [
  graph({
    title: 'Healthy copies',
    description: 'Share of the copies of the service whose last check of each model succeeded.',
    unit: 'percentunit',
    max: 1,
    queries: { '{{model}}': `avg by (model) (${select('llm_health_status')})` },
  }),
  graph({
    title: 'Time of a check',
    description:
      'Time within which 95 of 100 background checks of each model ended. A model is checked while nobody asks it, and while ' +
      'it fails; else its last call says how it is.',
    unit: 's',
    queries: { '{{model}}': quantile(0.95, bucketRate('llm_health_check_duration_seconds'), ['model']) },
  }),
  graph({
    title: 'Failed checks',
    description: 'Background checks of each model that failed, each second.',
    unit: 'cps',
    queries: { '{{model}}': `sum by (model) (${rate('llm_health_check_failures_total', window)})` },
  }),
];

const cost = (): Panel[] => [
  graph({
    title: 'Tokens by model',
    description: 'Tokens each second that each model reads and writes.',
    unit: 'none',
    stacked: true,
    queries: { '{{model}} {{type}}': `sum by (model, type) (${rate('llm_tokens_total', window)})` },
  }),
  graph({
    title: 'Cost by model',
    description: 'What calls to each model cost by the hour at the present rate, in US dollars.',
    unit: 'currencyUSD',
    stacked: true,
    queries: { '{{model}}': `sum by (model) (${rate('llm_cost_usd_total', window)}) * 3600` },
  }),
  graph({
    title: 'Cost by variant',
    description: 'What calls to models cost by the hour in each variant of an experiment, in US dollars.',
    unit: 'currencyUSD',
    queries: { '{{variant}}': `sum by (variant) (${rate('llm_cost_usd_total', window)}) * 3600` },
  }),
  percentiles({
    title: 'Cost of a question',
    description: 'Cost of one question in US dollars; 0 from the cache. The objective wants p95 below the line.',
    unit: 'currencyUSD',
    histogram: 'rag_query_cost_usd',
    limits: boundLimits('cost'),
    width: 12,
  }),
  bars({
    title: 'Cost of each model',
    description: 'What calls to each model cost over the time that is shown, in US dollars.',
    unit: 'currencyUSD',
    width: 12,
    queries: { '{{model}}': `sort_desc(sum by (model) (${increase('llm_cost_usd_total', '$__range')}))` },
  }),
];
