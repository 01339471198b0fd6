import { slos } from '../service/contract/slos.ts';
import { criticalAlerts, firingAlerts } from './firing-alerts.ts';
import { boardPath, type DashboardOptions } from './links.ts';
import { boundLimits, goodShareLimits } from './objectives.ts';
import type { Panel } from './panel.ts';
import { stat } from './panel-stat.ts';
import { text } from './panel-text.ts';
import { bucketRate, dashboardPromql, quantile } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';

/** One number for each side of being served. Green all along the line means: nothing to do. */
export const served = (): Panel[] => [
  stat({
    title: 'Answered',
    description:
      'Share of the questions of the last minutes that got an answer, from a model, from the cache or a lesser one. ' +
      `Green from ${slos.availability.target * 100} % on, which is promised over 30 days. Refused ones of low priority and ` +
      'fallbacks for JSON are missing here, but do not count against that promise.',
    unit: 'percentunit',
    query:
      `sum(${rate('rag_queries_total', window, { status: ['success', 'cached', 'degraded'] })})` +
      ` / sum(${rate('rag_queries_total', window)})`,
    limits: goodShareLimits('availability'),
    next: 'slo',
  }),
  stat({
    title: 'Time of 95 in 100',
    description:
      'Time within which 95 of 100 questions were answered in the last minutes. Red above the promised 2 seconds.',
    unit: 's',
    query: quantile(0.95, bucketRate('rag_query_duration_seconds')),
    limits: boundLimits('latency'),
    next: 'slo',
  }),
  stat({
    title: 'Copies that answer',
    description: 'Copies of the service that answer Prometheus now. Red when there is none.',
    unit: 'none',
    query: `sum(${select('up', { job: 'api' })})`,
    limits: { bad: 'below', critical: 1 },
    next: 'kubernetes',
  }),
  stat({
    title: 'Mode',
    description:
      'The least that a copy of the service can still do: all of it, answers from the cache, passages without an answer, or ' +
      'nothing new.',
    unit: 'none',
    query: `max(${(
      [
        ['shed', 3],
        ['retrieval_only', 2],
        ['cached', 1],
        ['full', 0],
      ] as const
    )
      .map(([mode, rank]) => `${select('rag_degradation_mode', { mode })} * ${rank}`)
      .join(' or ')})`,
    words: ['full', 'cached', 'retrieval only', 'shedding'],
    limits: { bad: 'above', warning: 1, critical: 2 },
    next: 'dependencies',
  }),
  stat({
    title: 'Places taken',
    description:
      'Share of the questions that may run at once that do run now. At 100 % questions wait, then are refused.',
    unit: 'percentunit',
    query: `sum(${select('rag_admission_in_flight')}) / sum(${select('rag_admission_limit')})`,
    limits: { bad: 'above', warning: 0.8, critical: 1 },
    next: 'guards',
  }),
  criticalAlerts('monitoring'),
];

/** The usual reasons, each with the dashboard that knows more. */
export const refusedBecause = (options: DashboardOptions): Panel[] => [
  stat({
    title: 'Dependencies down',
    description: 'Dependencies whose last check failed in at least one copy of the service.',
    unit: 'none',
    query: `count(min by (dependency) (${select('dependency_up')}) == 0) or vector(0)`,
    limits: { bad: 'above', critical: 1 },
    next: 'dependencies',
  }),
  stat({
    title: 'Models down',
    description: 'Language models whose last check failed in at least one copy of the service.',
    unit: 'none',
    query: `count(min by (model) (${select('llm_health_status')}) == 0) or vector(0)`,
    limits: { bad: 'above', critical: 1 },
    next: 'models',
  }),
  stat({
    title: 'Breakers not closed',
    description:
      'Circuit breakers that are open or half open in at least one copy: what they guard is not called, or on trial.',
    unit: 'none',
    query: `count(max by (model) (${select('circuit_breaker_state')}) > 0) or vector(0)`,
    limits: { bad: 'above', warning: 1 },
    next: 'dependencies',
  }),
  stat({
    title: 'Refused for overload',
    description: 'Share of the questions of the last minutes that were refused because of overload.',
    unit: 'percentunit',
    query: `sum(${rate('rag_queries_total', window, { status: 'shed' })}) / sum(${rate('rag_queries_total', window)})`,
    limits: { bad: 'above', warning: 0.001, critical: 0.01 },
    next: 'guards',
  }),
  stat({
    title: 'Budget spent',
    description:
      'Highest share of its daily budget that any tenant has spent. At 100 % its questions are refused until midnight UTC.',
    unit: 'percentunit',
    query: `max(${select('rag_budget_used_ratio')})`,
    limits: { bad: 'above', warning: 0.8, critical: 1 },
    next: 'guards',
  }),
  stat({
    title: 'Unexpected errors',
    description: 'Errors recorded as incidents over the time that is shown, each with its line in the log.',
    unit: 'none',
    query: `sum(${dashboardPromql.increase('incidents_total', '$__range')})`,
    limits: { bad: 'above', warning: 1 },
    next: 'guards',
  }),
  firingAlerts(options, 16),
  text(
    'Where to look next',
    [
      'A click on a number leads to the dashboard that knows more.',
      '',
      `- [Objectives](${boardPath('slo')}): how much of the error budget is left, and how fast it burns`,
      `- [Models and cost](${boardPath('models')}): which model fails, is slow or costs much`,
      `- [Dependencies](${boardPath('dependencies')}): Qdrant, TEI, LiteLLM, Redis, MLflow and the caches`,
      `- [Guards](${boardPath('guards')}): errors by kind, overload, JSON, variants, budgets`,
      `- [Kubernetes](${boardPath('kubernetes')}): copies, restarts, memory, processors, backups`,
      `- [Monitoring](${boardPath('monitoring')}): whether all of this can be believed`,
    ].join('\n'),
    8,
  ),
];
