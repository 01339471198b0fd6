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
    dashboard: 'guards',
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
    dashboard: 'guards',
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
 * The last hour beside the dearest one of a week, which has every working day and every weekly job in it, so that neither the
 * hours of work nor a Monday look like a spike. The week ended three days ago: what goes wrong on a Friday evening is not the
 * usual before the working days. A stack without a cost of seven days ago has not seen a week.
 */
function costSpike({ increase, range, stepsOf, ago }: Promql): AlertDraft {
  const lastHour = `sum(${increase('llm_cost_usd_total', '1h')})`;
  const dearestHour = `max_over_time(${ago(stepsOf(lastHour, '7d', '1h'), '3d')})`;
  const sevenDaysAgo = `sum(increase(${ago(range('llm_cost_usd_total', '3d'), '7d')}))`;
  const every = '30m';
  /** Dollars in each hour, from a Monday on. */
  const spent = (...dollars: readonly number[]) => {
    const values = dollars.flatMap((hour) => [hour / 2, hour / 2]);
    let total = 1000;
    return { 'llm_cost_usd_total{model="qwen"}': values.map((value) => (total += value).toFixed(3)).join(' ') };
  };
  const hours = (count: number, dollars: number) => Array.from({ length: count }, () => dollars);
  const dayOff = hours(24, 0);
  const workingDay = [...hours(9, 0), ...hours(8, 2), ...hours(7, 0)];
  const dayOfReport = [...hours(9, 0), ...hours(3, 6), ...hours(12, 0)];
  const weekFrom = (monday: readonly number[]) => [
    ...monday,
    ...[1, 2, 3, 4].flatMap(() => workingDay),
    ...dayOff,
    ...dayOff,
  ];
  const description = (dollars: string) =>
    `The language models cost ${dollars} US dollars within the last hour, over twice the dearest hour of the week that ended three days ago.`;
  return {
    alert: 'CostSpike',
    severity: 'warning',
    expr: `${lastHour} > 2 * ${dearestHour} and ${lastHour} > 1 and ${sevenDaysAgo}`,
    for: '1h',
    summary: 'The language models cost far more than usual.',
    description: description('{{ $value | printf "%.2f" }}'),
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          every,
          series: spent(...hours(240, 0.5), ...hours(76, 1.6)),
          holdsFrom: '240h',
          holdsUntil: '312h',
          alerts: [{ description: description('1.60') }],
        },
        {
          every,
          series: spent(...weekFrom(workingDay), ...hours(9, 0), ...hours(8, 5)),
          holdsFrom: '177h',
          alerts: [{ description: description('5.00') }],
        },
      ],
      quiet: [
        {
          because: 'it is twice as much at most',
          every,
          series: spent(...hours(240, 1), ...hours(6, 1.9)),
          at: '242h',
        },
        {
          because: 'it is one dollar at most',
          every,
          series: spent(...hours(240, 0.05), ...hours(6, 0.96)),
          at: '242h',
        },
        { because: 'a working day began', every, series: spent(...weekFrom(workingDay), ...workingDay), at: '179h' },
        { because: 'the last Monday was off', every, series: spent(...weekFrom(dayOff), ...workingDay), at: '179h' },
        {
          because: 'a week was off',
          every,
          series: spent(...workingDay, ...workingDay, ...hours(7 * 24, 0), ...workingDay),
          at: '227h',
        },
        {
          because: 'the report is made each Monday',
          every,
          series: spent(...weekFrom(dayOfReport), ...dayOfReport),
          at: '179h',
        },
        {
          because: 'the stack has seen one weekend and one working day',
          every,
          series: spent(...dayOff, ...dayOff, ...workingDay, ...workingDay),
          at: '83h',
        },
      ],
    },
  };
}
