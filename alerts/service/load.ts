import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on more questions than can be answered. */
export function loadGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [
    questionsShed(promql),
    highPriorityShed(promql),
    admissionSaturated(promql),
    admissionLimitCollapsed(promql),
    rateLimitedOften(promql),
  ];
  return [{ name: 'load', target: 'api', rules }];
}

/** Questions of low priority are there to be shed. */
function questionsShed({ rate, increase }: Promql): AlertDraft {
  const matches = { priority: { not: 'low' } } as const;
  const questions = (shed: number, asked: number) => ({
    'rag_requests_shed_total{priority="normal", reason="queue_full"}': inSteps(1000, shed, 4),
    'rag_requests_shed_total{priority="low", reason="probabilistic"}': inSteps(1000, 50, 4),
    'rag_queries_total{status="shed"}': inSteps(1000, shed, 4),
    'rag_queries_total{status="success"}': inSteps(1000, asked - shed, 4),
  });
  return {
    alert: 'QuestionsShed',
    severity: 'warning',
    expr:
      `sum(${rate('rag_requests_shed_total', '5m', matches)}) / sum(${rate('rag_queries_total', '5m')}) > 0.05 ` +
      `and sum(${increase('rag_requests_shed_total', '5m', matches)}) > 20`,
    for: '10m',
    summary: 'Questions are refused because of overload.',
    description:
      '{{ $value | humanizePercentage }} of the questions of the last 5 minutes were of normal or high priority ' +
      'and refused because of overload.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          series: questions(40, 400),
          holdsFrom: '4m',
          alerts: [
            {
              description:
                '10% of the questions of the last 5 minutes were of normal or high priority ' +
                'and refused because of overload.',
            },
          ],
        },
      ],
      quiet: [
        { because: '5 % are allowed', series: questions(20, 400), at: '14m' },
        { because: 'only 20 were refused', series: questions(16, 64), at: '14m' },
        { because: 'they were of low priority', series: questions(0, 100), at: '14m' },
      ],
    },
  };
}

/** A burst of refusals is out of the window before it pages, and so few of many questions are no reason to. */
function highPriorityShed({ rate, increase }: Promql): AlertDraft {
  const high = { priority: 'high' } as const;
  const questions = (shed: number, asked: number, priority = 'high') => ({
    [`rag_requests_shed_total{priority="${priority}", reason="queue_full"}`]: inSteps(1000, shed, 4, 20),
    'rag_requests_shed_total{priority="low", reason="queue_full"}': inSteps(1000, 100, 4, 20),
    'rag_queries_total{status="success"}': inSteps(1000, asked, 4, 20),
  });
  const every = '15s';
  return {
    alert: 'HighPriorityShed',
    severity: 'critical',
    expr:
      `sum(${increase('rag_requests_shed_total', '2m', high)}) > 5 ` +
      `and sum(${rate('rag_requests_shed_total', '2m', high)}) / sum(${rate('rag_queries_total', '2m')}) > 0.01`,
    for: '2m',
    summary: 'Questions of high priority are refused because of overload.',
    description: '{{ $value | humanize }} questions of high priority were refused within 2 minutes.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every,
          series: questions(7, 300),
          holdsFrom: '1m',
          alerts: [{ description: '16 questions of high priority were refused within 2 minutes.' }],
        },
      ],
      quiet: [
        { because: 'a few were refused', every, series: questions(2, 100), at: '5m' },
        { because: '1 % of the questions may be', every, series: questions(10, 1000), at: '5m' },
        { because: 'they were of normal priority', every, series: questions(100, 300, 'normal'), at: '5m' },
        {
          because: 'it was one burst',
          every,
          series: {
            ...questions(0, 100),
            'rag_requests_shed_total{priority="high", reason="queue_full"}': '0x4 60x30',
          },
          at: '3m',
        },
      ],
    },
  };
}

function admissionSaturated({ select, range }: Promql): AlertDraft {
  const inFlight = (...values: readonly number[]) => ({
    'rag_admission_in_flight{instance="a"}': Array.from({ length: 6 }, () => values.join(' ')).join(' '),
    'rag_admission_limit{instance="a"}': '100x30',
  });
  return {
    alert: 'AdmissionSaturated',
    severity: 'warning',
    expr:
      `sum(avg_over_time(${range('rag_admission_in_flight', '5m')})) / ` +
      `sum(${select('rag_admission_limit')}) > 0.9`,
    for: '15m',
    summary: 'The service answers as many questions as it may.',
    description: '{{ $value | humanizePercentage }} of the places for questions were taken for 5 minutes.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          series: inFlight(75, 100, 100, 100, 100),
          holdsFrom: '2m',
          alerts: [{ description: '95% of the places for questions were taken for 5 minutes.' }],
        },
      ],
      quiet: [{ because: '90 % are allowed', series: inFlight(90, 90, 90, 90, 90), at: '25m' }],
    },
  };
}

/**
 * Of each copy for itself: a copy that is gone must not count as one whose limit fell. A limit rises only while half of it is
 * used, so that a low one tells of nothing while less is asked.
 */
function admissionLimitCollapsed({ select, range }: Promql): AlertDraft {
  const limit = (now: number, inFlight: number) => ({
    'rag_admission_limit{instance="a"}': `100 30x47 ${now}x6`,
    'rag_admission_in_flight{instance="a"}': `0x48 ${inFlight}x6`,
    'rag_admission_limit{instance="b"}': '100x60',
    'rag_admission_in_flight{instance="b"}': '90x60',
  });
  const every = '5m';
  return {
    alert: 'AdmissionLimitCollapsed',
    severity: 'warning',
    expr:
      `min by (instance) (${select('rag_admission_limit')} / ` +
      `max_over_time(${range('rag_admission_limit', '6h')})) < 0.25 ` +
      `and max by (instance) (avg_over_time(${range('rag_admission_in_flight', '5m')}) / ` +
      `${select('rag_admission_limit')}) > 0.5`,
    for: '15m',
    summary: 'The models bear far less than usual.',
    description:
      'The copy of the service at {{ $labels.instance }} answers only {{ $value | humanizePercentage }} of the questions ' +
      'at once that it did within the last 6 hours.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every,
          series: limit(20, 15),
          holdsFrom: '245m',
          alerts: [
            {
              labels: { instance: 'a' },
              description:
                'The copy of the service at a answers only 20% of the questions ' +
                'at once that it did within the last 6 hours.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'a quarter is left', every, series: limit(25, 20), at: '260m' },
        { because: 'no more is asked', every, series: limit(20, 10), at: '260m' },
      ],
    },
  };
}

function rateLimitedOften({ rate, increase }: Promql): AlertDraft {
  const limited = { type: 'rate_limited' } as const;
  const refused = `sum(${rate('rag_errors_total', '10m', limited)})`;
  const requests = (refused: number, admitted: number) => ({
    'rag_errors_total{type="rate_limited"}': inSteps(1000, refused, 4),
    'rag_errors_total{type="internal"}': inSteps(1000, 500, 4),
    'rag_queries_total{status="success"}': inSteps(1000, admitted, 4),
  });
  return {
    alert: 'RateLimitedOften',
    severity: 'warning',
    expr:
      `${refused} / (${refused} + sum(${rate('rag_queries_total', '10m')})) > 0.1 ` +
      `and sum(${increase('rag_errors_total', '10m', limited)}) > 40`,
    for: '10m',
    summary: 'Many requests exceed the rate limit.',
    description: '{{ $value | humanizePercentage }} of the requests of the last 10 minutes exceeded the rate limit.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every: '2m',
          series: requests(60, 240),
          holdsFrom: '8m',
          alerts: [{ description: '20% of the requests of the last 10 minutes exceeded the rate limit.' }],
        },
      ],
      quiet: [
        { because: '10 % are allowed', every: '2m', series: requests(100, 900), at: '18m' },
        { because: 'only 40 did', every: '2m', series: requests(32, 64), at: '18m' },
      ],
    },
  };
}
