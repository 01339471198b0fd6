import { slos, type SloName } from '../service/contract/slos.ts';
import { dashboard, type Dashboard, type Section } from './dashboard.ts';
import type { DashboardOptions } from './links.ts';
import { badShareLimits, burnRateLimits } from './objectives.ts';
import { bars } from './panel-bars.ts';
import { graph } from './panel-graph.ts';
import { stat } from './panel-stat.ts';
import { dashboardPromql } from './promql.ts';

const { select } = dashboardPromql;

/** How much of each promise holds, from what the rules record of it. */
export function slo(options: DashboardOptions): Dashboard {
  const names = Object.keys(slos) as SloName[];
  return dashboard(
    {
      name: 'slo',
      title: 'Objectives',
      description: 'How much of the error budget of each objective is left, and how fast it burns.',
      sections: [all(), ...names.map(objective)],
    },
    options,
  );
}

const all = (): Section => ({
  title: 'All objectives',
  panels: [
    bars({
      title: 'Error budgets left',
      description:
        'What is left of the bad events that each objective allows over 30 days. At 0 % the promise is broken: changes that ' +
        'are a risk wait.',
      unit: 'percentunit',
      max: 1,
      queries: { '{{slo}}': `min by (slo) (${select('slo:error_budget_remaining:ratio')})` },
      limits: budgetLimits,
      width: 12,
    }),
    graph({
      title: 'Burn rates',
      description:
        'How many times faster than evenly over 30 days each budget was spent in the last hour. At 1 it lasts exactly as ' +
        'long as it has to.',
      unit: 'none',
      queries: { '{{slo}}': `max by (slo) (${select('slo:burn_rate:ratio')})` },
      limits: { bad: 'above', warning: 1 },
      width: 12,
    }),
  ],
});

/** Yellow in the last quarter, red when nothing is left. */
const budgetLimits = { bad: 'below', warning: 0.25, critical: 0 } as const;

function objective(name: SloName): Section {
  const { title, description, target } = slos[name];
  const promised = `${Number((target * 100).toPrecision(12))} %`;
  return {
    title: `${title}: ${description}`,
    panels: [
      stat({
        title: `${title}: budget left`,
        description: `${description} What is left of the bad events that this allows over 30 days.`,
        unit: 'percentunit',
        query: `min(${select('slo:error_budget_remaining:ratio', { slo: name })})`,
        limits: budgetLimits,
        height: 8,
      }),
      stat({
        title: `${title}: burn rate`,
        description: `${description} How many times faster than evenly over 30 days the budget was spent in the last hour.`,
        unit: 'none',
        query: `max(${select('slo:burn_rate:ratio', { slo: name })})`,
        limits: burnRateLimits(name),
        height: 8,
      }),
      graph({
        title: `${title}: bad events`,
        description: `${description} Share of the bad events over 5 minutes, an hour and 30 days; ${promised} have to be good.`,
        unit: 'percentunit',
        queries: {
          '5 minutes': `max(${select('slo:error:ratio_rate5m', { slo: name })})`,
          '1 hour': `max(${select('slo:error:ratio_rate1h', { slo: name })})`,
          '30 days': `max(${select('slo:error:ratio_rate30d', { slo: name })})`,
        },
        limits: badShareLimits(name),
      }),
      graph({
        title: `${title}: budget over time`,
        description: `${description} What was left of the error budget; a steep fall is an outage, a slow one a leak.`,
        unit: 'percentunit',
        queries: { left: `min(${select('slo:error_budget_remaining:ratio', { slo: name })})` },
      }),
    ],
  };
}
