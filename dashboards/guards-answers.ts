import { goodShareLimits } from './objectives.ts';
import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { bucketRate, dashboardPromql, quantile } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';

/** Share of the answers to questions with a schema that are valid by it. */
export const validShare =
  `sum(${rate('llm_json_requests_total', window, { outcome: 'valid' })})` +
  ` / sum(${rate('llm_json_requests_total', window, { outcome: ['valid', 'fallback'] })})`;

/** How questions with a schema end. */
export const json = (): Panel[] => [
  graph({
    title: 'Questions with a schema',
    description: 'Questions with a schema each second, by how they ended.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{outcome}}': `sum by (outcome) (${rate('llm_json_requests_total', window)})` },
  }),
  graph({
    title: 'Valid answers',
    description:
      'Share of the answers to questions with a schema that are valid by it, not the fallback. The objective is the upper line.',
    unit: 'percentunit',
    max: 1,
    queries: { valid: validShare },
    limits: goodShareLimits('valid-json'),
  }),
  graph({
    title: 'Invalid answers of models',
    description:
      'Model answers each second that were not valid by the schema, and questions that the fallback answered in the end.',
    unit: 'reqps',
    queries: {
      invalid: `sum(${rate('llm_json_parse_failures_total', window)})`,
      fallback: `sum(${rate('llm_json_fallback_used_total', window)})`,
    },
  }),
  graph({
    title: 'Further attempts',
    description:
      'Further attempts that questions with a schema took: their mean, and the number that 95 of 100 kept within.',
    unit: 'none',
    queries: {
      mean: `sum(${rate('llm_json_retry_count_sum', window)}) / sum(${rate('llm_json_retry_count_count', window)})`,
      p95: quantile(0.95, bucketRate('llm_json_retry_count')),
    },
    width: 24,
  }),
];

/** How the variants of an experiment differ. */
export const variants = (): Panel[] => [
  graph({
    title: 'Questions by variant',
    description: 'Admitted questions each second, by the variant of the experiment they were in.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{variant}}': `sum by (variant) (${rate('rag_queries_total', window)})` },
  }),
  graph({
    title: 'Errors by variant',
    description:
      'Share of the questions of each variant that ended in an error. The guard rails stop a variant that fails far more than the others.',
    unit: 'percentunit',
    queries: {
      '{{variant}}': `sum by (variant) (${rate('rag_queries_total', window, { status: 'error' })}) / sum by (variant) (${rate('rag_queries_total', window)})`,
    },
  }),
  graph({
    title: 'Stopped variants',
    description: '1 while the guard rails have stopped a variant in at least one copy.',
    unit: 'bool_yes_no',
    max: 1,
    queries: { '{{variant}}': `max by (variant) (${select('rag_variant_stopped')})` },
  }),
];

/** What tenants have spent, and who is refused for it. */
export const budgets = (): Panel[] => [
  graph({
    title: 'Budget spent',
    description:
      'Highest share of its daily budget that any tenant has spent. At 100 % its further questions are refused.',
    unit: 'percentunit',
    queries: { 'highest of any tenant': `max(${select('rag_budget_used_ratio')})` },
    limits: { bad: 'above', warning: 0.8, critical: 1 },
  }),
  graph({
    title: 'Refused by budget',
    description: 'Questions each second that were refused because their tenant has spent its daily budget.',
    unit: 'reqps',
    queries: { refused: `sum(${rate('rag_errors_total', window, { type: 'budget' })})` },
  }),
  graph({
    title: 'Refused by rate limit',
    description: 'Requests each second beyond what their client may send in a minute.',
    unit: 'reqps',
    queries: { refused: `sum(${rate('rag_errors_total', window, { type: 'rate_limited' })})` },
  }),
];
