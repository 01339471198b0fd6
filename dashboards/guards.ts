import { dashboard, type Dashboard } from './dashboard.ts';
import { budgets, json, validShare, variants } from './guards-answers.ts';
import type { DashboardOptions } from './links.ts';
import { badShareLimits, goodShareLimits } from './objectives.ts';
import { bars } from './panel-bars.ts';
import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { stat } from './panel-stat.ts';
import { dashboardPromql } from './promql.ts';

const { select, rate, increase } = dashboardPromql;
const window = '$__rate_interval';

/** What the service turns away or mends, and why. */
export function guards(options: DashboardOptions): Dashboard {
  return dashboard(
    {
      name: 'guards',
      title: 'Guards',
      description: 'What the service refuses or mends, and why: errors by kind, overload, JSON, variants, budgets.',
      sections: [
        { title: 'Now', panels: now() },
        { title: 'Errors', panels: errors() },
        { title: 'Overload', panels: overload() },
        { title: 'Answers by a schema', panels: json() },
        { title: 'Variants', panels: variants() },
        { title: 'Budgets and limits', panels: budgets() },
      ],
    },
    options,
  );
}

const now = (): Panel[] => [
  stat({
    title: 'Errors',
    description: 'Share of the admitted questions of the last minutes that ended in an error.',
    unit: 'percentunit',
    query: `sum(${rate('rag_queries_total', window, { status: 'error' })}) / sum(${rate('rag_queries_total', window)})`,
    limits: badShareLimits('availability'),
  }),
  stat({
    title: 'Shed',
    description: 'Questions of the last minutes that were refused because of overload, each second.',
    unit: 'reqps',
    query: `sum(${rate('rag_requests_shed_total', window)})`,
    limits: { bad: 'above', warning: 0.001 },
  }),
  stat({
    title: 'Valid JSON',
    description: 'Share of the answers to questions with a schema that are valid by it, of the last minutes.',
    unit: 'percentunit',
    query: validShare,
    limits: goodShareLimits('valid-json'),
  }),
  stat({
    title: 'Stopped variants',
    description:
      'Variants of an experiment that the guard rails have stopped; their sessions go to the others, until the service restarts.',
    unit: 'none',
    query: `count(max by (variant) (${select('rag_variant_stopped')}) == 1) or vector(0)`,
    limits: { bad: 'above', warning: 1 },
  }),
  stat({
    title: 'Budget spent',
    description: 'Highest share of its daily budget that any tenant has spent.',
    unit: 'percentunit',
    query: `max(${select('rag_budget_used_ratio')})`,
    limits: { bad: 'above', warning: 0.8, critical: 1 },
  }),
  stat({
    title: 'Incidents',
    description: 'Errors recorded as incidents over the time that is shown.',
    unit: 'none',
    query: `sum(${increase('incidents_total', '$__range')})`,
    limits: { bad: 'above', warning: 1 },
  }),
];

const errors = (): Panel[] => [
  graph({
    title: 'Errors that are ours',
    description: 'Requests each second that ended in an error that no client can mend.',
    unit: 'reqps',
    stacked: true,
    queries: {
      '{{type}}': `sum by (type) (${rate('rag_errors_total', window, { type: ['internal', 'unavailable', 'deadline', 'keys_unavailable', 'draining', 'shed'] })})`,
    },
  }),
  graph({
    title: 'Errors of clients',
    description: 'Requests each second that ended in an error because of what the client sent, or because it left.',
    unit: 'reqps',
    stacked: true,
    queries: {
      '{{type}}': `sum by (type) (${rate('rag_errors_total', window, { type: { not: ['internal', 'unavailable', 'deadline', 'keys_unavailable', 'draining', 'shed'] } })})`,
    },
  }),
  bars({
    title: 'Errors over the time that is shown',
    description: 'Requests that ended in an error, by kind, the most frequent first.',
    unit: 'short',
    queries: { '{{type}}': `topk(10, sum by (type) (${increase('rag_errors_total', '$__range')}))` },
  }),
  graph({
    title: 'Refused callers',
    description:
      'Requests each second without a valid token, or without the scope they need. A sudden rise is a wrong key or an attack.',
    unit: 'reqps',
    queries: {
      '{{type}}': `sum by (type) (${rate('rag_errors_total', window, { type: ['unauthorized', 'forbidden', 'keys_unavailable'] })})`,
    },
  }),
  graph({
    title: 'Incidents',
    description:
      'Unexpected errors, uncaught ones, and those by which a request or a stream failed, each second. Each is in the log.',
    unit: 'cps',
    queries: { incidents: `sum(${rate('incidents_total', window)})` },
  }),
  graph({
    title: 'Out of time',
    description: 'Requests each second that reached their deadline, and whose client left before the answer.',
    unit: 'reqps',
    queries: {
      '{{type}}': `sum by (type) (${rate('rag_errors_total', window, { type: ['deadline', 'client_closed', 'request_timeout'] })})`,
    },
  }),
];

const overload = (): Panel[] => [
  graph({
    title: 'Shed by reason',
    description:
      'Questions refused because of overload each second: probabilistic before the queue is full, queue_full after it, ' +
      'displaced by a more urgent one, followers when too many wait for the answer to the same question.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{reason}}': `sum by (reason) (${rate('rag_requests_shed_total', window)})` },
  }),
  graph({
    title: 'Shed by priority',
    description: 'Questions refused because of overload each second, by their priority: low goes first.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{priority}}': `sum by (priority) (${rate('rag_requests_shed_total', window)})` },
  }),
  graph({
    title: 'Places and queue',
    description:
      'Questions that hold a place and that wait for one, and how many places there are, in all copies together.',
    unit: 'none',
    queries: {
      limit: `sum(${select('rag_admission_limit')})`,
      'in flight': `sum(${select('rag_admission_in_flight')})`,
      waiting: `sum(${select('rag_admission_queue_size')})`,
    },
  }),
];
