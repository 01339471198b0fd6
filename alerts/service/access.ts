import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on tokens that are refused, or cannot be checked. */
export function accessGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'access', target: 'api', rules: [keysUnavailable(promql), unauthorizedRequestsHigh(promql)] }];
}

/** A burst of refusals is out of the window before it pages. */
function keysUnavailable({ increase }: Promql): AlertDraft {
  const refused = (type: string, by: number) => ({ [`rag_errors_total{type="${type}"}`]: inSteps(1000, by, 4, 20) });
  const every = '15s';
  return {
    alert: 'KeysUnavailable',
    severity: 'critical',
    expr: `sum(${increase('rag_errors_total', '2m', { type: 'keys_unavailable' })}) > 5`,
    for: '2m',
    summary: "Requests are refused, since the identity provider's keys are missing.",
    description:
      "{{ $value | humanize }} requests were refused within 2 minutes, since the identity provider's keys are missing.",
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every,
          series: { ...refused('keys_unavailable', 7), ...refused('unauthorized', 100) },
          holdsFrom: '1m',
          alerts: [
            {
              description: "16 requests were refused within 2 minutes, since the identity provider's keys are missing.",
            },
          ],
        },
      ],
      quiet: [
        { because: 'a few were refused', every, series: refused('keys_unavailable', 2), at: '5m' },
        { because: 'they had no good token', every, series: refused('unauthorized', 100), at: '5m' },
        {
          because: 'it was one burst',
          every,
          series: { 'rag_errors_total{type="keys_unavailable"}': '0x4 60x30' },
          at: '3m',
        },
      ],
    },
  };
}

function unauthorizedRequestsHigh({ rate, increase }: Promql): AlertDraft {
  const unauthorized = { type: 'unauthorized' } as const;
  const refused = `sum(${rate('rag_errors_total', '10m', unauthorized)})`;
  const requests = (refused: number, admitted: number) => ({
    'rag_errors_total{type="unauthorized"}': inSteps(1000, refused, 4),
    'rag_errors_total{type="forbidden"}': inSteps(1000, 500, 4),
    'rag_queries_total{status="success"}': inSteps(1000, admitted, 4),
  });
  return {
    alert: 'UnauthorizedRequestsHigh',
    severity: 'warning',
    expr:
      `${refused} / (${refused} + sum(${rate('rag_queries_total', '10m')})) > 0.25 ` +
      `and sum(${increase('rag_errors_total', '10m', unauthorized)}) > 40`,
    for: '10m',
    summary: 'Many requests have no token that is accepted.',
    description:
      '{{ $value | humanizePercentage }} of the requests of the last 10 minutes had no token that is accepted.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every: '2m',
          series: requests(60, 60),
          holdsFrom: '8m',
          alerts: [{ description: '50% of the requests of the last 10 minutes had no token that is accepted.' }],
        },
      ],
      quiet: [
        { because: 'a quarter is allowed', every: '2m', series: requests(100, 300), at: '18m' },
        { because: 'only 40 had none', every: '2m', series: requests(32, 32), at: '18m' },
      ],
    },
  };
}
