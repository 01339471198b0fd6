import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on what the language models cost. */
export function moneyGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [
    { name: 'budgets', target: 'api', rules: [budgetNearlySpent(promql), questionsRefusedByBudget(promql)] },
    { name: 'cost', target: 'api', rules: [costSpike(promql)] },
  ];
}

function budgetNearlySpent({ select }: Promql): AlertDraft {
  const used = (ratio: number) => ({
    'rag_budget_used_ratio{instance="a"}': `0.1x2 ${ratio}x20`,
    'rag_budget_used_ratio{instance="b"}': '0.1x20',
  });
  return {
    alert: 'BudgetNearlySpent',
    severity: 'warning',
    expr: `max(${select('rag_budget_used_ratio')}) >= 0.9`,
    for: '5m',
    summary: "A tenant's budget for today is nearly spent.",
    description: 'A tenant has spent {{ $value | humanizePercentage }} of its budget for today.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          series: used(0.9),
          holdsFrom: '3m',
          alerts: [{ description: 'A tenant has spent 90% of its budget for today.' }],
        },
      ],
      quiet: [{ because: '89 % are spent', series: used(0.89), at: '10m' }],
    },
  };
}

function questionsRefusedByBudget({ increase }: Promql): AlertDraft {
  const refused = (type: string, by: number) => ({ [`rag_errors_total{type="${type}"}`]: inSteps(1000, by, 4) });
  return {
    alert: 'QuestionsRefusedByBudget',
    severity: 'warning',
    expr: `sum(${increase('rag_errors_total', '5m', { type: 'budget' })}) > 5`,
    for: '5m',
    summary: 'Questions are refused because a budget for today is spent.',
    description:
      "{{ $value | humanize }} questions were refused within 5 minutes because their tenant's budget is spent.",
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          series: { ...refused('budget', 8), ...refused('shed', 100) },
          holdsFrom: '4m',
          alerts: [
            { description: "10 questions were refused within 5 minutes because their tenant's budget is spent." },
          ],
        },
      ],
      quiet: [
        { because: '5 were refused', series: refused('budget', 4), at: '9m' },
        { because: 'they were shed', series: refused('shed', 100), at: '9m' },
      ],
    },
  };
}

/**
 * The last hour beside the mean of the week before the last day, which a spike does not raise while it is young. A stack that
 * has seen nothing but its last three days has too little to compare with.
 */
function costSpike({ increase }: Promql): AlertDraft {
  const cost = (window: '1h' | '1d' | '3d' | '7d') => `sum(${increase('llm_cost_usd_total', window)})`;
  const every = '30m';
  /** Dollars an hour, for so many hours each. */
  const spent = (...parts: readonly (readonly [hours: number, dollars: number])[]) => {
    const values = parts.flatMap(([hours, dollars]) => Array.from({ length: hours * 2 }, () => dollars / 2));
    let total = 1000;
    return { 'llm_cost_usd_total{model="qwen"}': values.map((value) => (total += value).toFixed(3)).join(' ') };
  };
  return {
    alert: 'CostSpike',
    severity: 'warning',
    expr:
      `${cost('1h')} > 3 * (${cost('7d')} - ${cost('1d')}) / 144 and ${cost('1h')} > 1 ` +
      `and ${cost('7d')} > ${cost('3d')}`,
    for: '1h',
    summary: 'The language models cost far more than usual.',
    description:
      'The language models cost {{ $value | printf "%.2f" }} US dollars within the last hour, ' +
      'over three times the mean of the days before.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          every,
          series: spent([96, 0.5], [6, 1.6]),
          holdsFrom: '5760m',
          alerts: [
            {
              description:
                'The language models cost 1.60 US dollars within the last hour, over three times the mean of the days before.',
            },
          ],
        },
        // After twelve hours of twenty times as much, the stack is old enough.
        {
          every,
          series: spent([60, 0.1], [15, 2]),
          holdsFrom: '4380m',
          alerts: [
            {
              description:
                'The language models cost 2.00 US dollars within the last hour, over three times the mean of the days before.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'it is less than three times as much', every, series: spent([96, 1], [6, 1.5]), at: '100h' },
        { because: 'it is one dollar at most', every, series: spent([96, 0.05], [6, 0.96]), at: '100h' },
        { because: 'the stack is three days old', every, series: spent([60, 0.1], [15, 2]), at: '70h' },
      ],
    },
  };
}
