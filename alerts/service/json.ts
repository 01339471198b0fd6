import { failedShare, type FailedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/**
 * Alerts on answers to a schema, and on the guard that validates them. Only questions that models were asked for count: stored
 * answers, and those of a flight that was under way, were checked before.
 */
export function jsonGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [highJsonFallbackRate(promql), jsonAnswersFailing(promql), jsonParseFailuresHigh(promql)];
  return [{ name: 'json', target: 'api', rules }];
}

/** A single question at night tells of nothing; so few of many are under 1 %. */
function highJsonFallbackRate({ rate, increase }: Promql): AlertDraft {
  const fallbacks = `sum(${rate('llm_json_fallback_used_total', '5m')})`;
  return {
    alert: 'HighJSONFallbackRate',
    severity: 'warning',
    expr:
      `${fallbacks} / sum(${rate('llm_json_requests_total', '5m')}) > 0.01 ` +
      `and sum(${increase('llm_json_fallback_used_total', '5m')}) > 2`,
    for: '5m',
    summary: 'Many questions with a schema are answered by the fallback.',
    description:
      '{{ $value | humanizePercentage }} of the questions with a schema that models were asked in the last 5 minutes ' +
      'got the fallback; 1 % is allowed.',
    dashboard: 'guards',
    scenarios: {
      fires: [
        {
          series: answers({ valid: 196, fallback: 4 }),
          holdsFrom: '4m',
          alerts: [
            {
              description:
                '2% of the questions with a schema that models were asked in the last 5 minutes ' +
                'got the fallback; 1 % is allowed.',
            },
          ],
        },
      ],
      quiet: [
        { because: '1 % is allowed', series: answers({ valid: 396, fallback: 4 }), at: '9m' },
        { because: 'it is a single one', series: answers({ valid: 4, fallback: 1 }), at: '9m' },
      ],
    },
  };
}

/** Only with JSON_GUARD_FALLBACK_ENABLED=false. */
function jsonAnswersFailing({ rate, increase }: Promql): AlertDraft {
  const ended = (outcome: string): FailedShare['counters'] => {
    return ({ good, failed }) => ({
      'llm_json_requests_total{outcome="valid"}': good,
      [`llm_json_requests_total{outcome="${outcome}"}`]: failed,
    });
  };
  return {
    alert: 'JSONAnswersFailing',
    severity: 'warning',
    ...failedShare({
      window: '10m',
      failed: rate('llm_json_requests_total', '10m', { outcome: 'error' }),
      all: rate('llm_json_requests_total', '10m'),
      counted: increase('llm_json_requests_total', '10m'),
      above: 0.05,
      counters: ended('error'),
      excused: { because: 'they got the fallback', counters: ended('fallback') },
      description: (share) => `${share} of the questions with a schema of the last 10 minutes failed.`,
    }),
    summary: 'Questions with a schema fail, since no valid answer could be had.',
    dashboard: 'guards',
  };
}

/** The guard asks again, so that users notice time and not the wrong answers. */
function jsonParseFailuresHigh({ rate, increase }: Promql): AlertDraft {
  const invalid = `sum(${rate('llm_json_parse_failures_total', '15m')})`;
  const series = (failures: number, all: number) => ({
    ...answers({ valid: all }),
    llm_json_parse_failures_total: inSteps(1000, failures, 4),
  });
  return {
    alert: 'JSONParseFailuresHigh',
    severity: 'warning',
    expr:
      `${invalid} / sum(${rate('llm_json_requests_total', '15m')}) > 0.25 ` +
      `and sum(${increase('llm_json_requests_total', '15m')}) > 60`,
    for: '15m',
    summary: 'Models often answer what is not valid by the schema.',
    description:
      'For each question with a schema of the last 15 minutes models gave {{ $value | printf "%.1f" }} invalid answers.',
    dashboard: 'guards',
    scenarios: {
      fires: [
        {
          every: '3m',
          series: series(50, 100),
          holdsFrom: '12m',
          alerts: [
            { description: 'For each question with a schema of the last 15 minutes models gave 0.5 invalid answers.' },
          ],
        },
      ],
      quiet: [
        { because: 'one of four is allowed', every: '3m', series: series(25, 100), at: '27m' },
        { because: 'only 60 questions were asked', every: '3m', series: series(48, 48), at: '27m' },
      ],
    },
  };
}

/** Answers by outcome at each step; a fallback is counted twice, as the service does. */
function answers(given: Readonly<Record<string, number>>) {
  const outcomes = Object.entries(given).map(([outcome, by]): [string, string] => [
    `llm_json_requests_total{outcome="${outcome}"}`,
    inSteps(1000, by, 4),
  ]);
  return {
    ...Object.fromEntries(outcomes),
    llm_json_fallback_used_total: inSteps(1000, given['fallback'] ?? 0, 4),
  };
}
