import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Slo } from '../../service/contract/slo.ts';
import { slos, type SloName } from '../../service/contract/slos.ts';
import { finish } from '../finish.ts';
import { parsePromql } from '../promql/parse.ts';
import { rulePromql } from '../promql/promql.ts';
import { recordedMetrics } from '../promql/recorded.ts';
import { burnAlertName } from './alerts.ts';
import { sloGroup, sloGroups } from './groups.ts';

const promql = rulePromql(undefined, 1);
const groups = sloGroups(promql);

const rulesOf = (name: SloName) => sloGroup(name, slos[name], promql).rules;
const expressionOf = (name: SloName, record: string) =>
  rulesOf(name).find((rule) => 'record' in rule && rule.record === record)?.expr;
const alertsOf = (name: SloName) => rulesOf(name).filter((rule) => 'alert' in rule);

describe('the rules of an objective', () => {
  test('are a group of its own, wherever there is the service', () => {
    expect(groups.map(({ name, target }) => [name, target])).toEqual(
      Object.keys(slos).map((name) => [`slo-${name}`, 'api']),
    );
  });

  test('carry its name', () => {
    for (const { name, rules } of groups) {
      for (const { labels } of rules) expect(`slo-${labels?.['slo']}`).toBe(name);
    }
  });

  test('record everything before it is read, and everything that is declared', () => {
    for (const { rules } of groups) {
      const recorded = new Set<string>();
      for (const rule of rules) {
        const read = parsePromql(rule.expr).metrics.filter((metric) => metric.startsWith('slo:'));
        expect(read.filter((metric) => !recorded.has(metric))).toEqual([]);
        if ('record' in rule) recorded.add(rule.record);
      }
      const declared = Object.keys(recordedMetrics).filter((record) => record.startsWith('slo:'));
      expect([...recorded].sort()).toEqual(declared.sort());
    }
  });

  test('count a share of a counter by its labels', () => {
    expect(expressionOf('availability', 'slo:error:ratio_rate1h')).toBe(
      'clamp_min(1 - (sum(rate(rag_queries_total{status=~"success|cached|degraded"}[1h])) or vector(0)) ' +
        '/ (clamp_min(sum(rate(rag_queries_total[1h])) ' +
        '- (sum(rate(rag_requests_shed_total{priority=~"low"}[1h])) or vector(0)) ' +
        '- (sum(rate(llm_json_requests_total{outcome=~"fallback"}[1h])) or vector(0)), 0) > 0), 0)',
    );
  });

  test('count what is at most a bound by its bucket', () => {
    expect(expressionOf('latency', 'slo:bad_events:increase5m')).toBe(
      'clamp_min(sum(increase(rag_query_duration_seconds_count[5m])) - ' +
        '(sum(increase(rag_query_duration_seconds_bucket{le=~"2(\\\\.0)?"}[5m])) or vector(0)), 0)',
    );
  });
});

describe('the alerts of an objective', () => {
  test('have one name, made of its title', () => {
    expect(Object.values(slos).map(burnAlertName)).toEqual([
      'AvailabilityBudgetBurn',
      'LatencyBudgetBurn',
      'FirstTokenBudgetBurn',
      'RetrievalBudgetBurn',
      'ValidJSONBudgetBurn',
      'CostBudgetBurn',
    ]);
    for (const { rules } of groups) {
      expect(new Set(rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []))).size).toBe(1);
    }
  });

  test('show burn rate and budget, and ask for bad events in the long window', () => {
    expect(alertsOf('availability').map(({ expr }) => expr)).toEqual([
      'slo:error:ratio_rate1h{slo="availability"} > 14.4 * 0.001 and slo:error:ratio_rate5m > 14.4 * 0.001 ' +
        'and slo:bad_events:increase1h >= 10',
      'slo:error:ratio_rate6h{slo="availability"} > 6 * 0.001 and slo:error:ratio_rate30m > 6 * 0.001 ' +
        'and slo:bad_events:increase6h >= 10',
      'slo:error:ratio_rate1d{slo="availability"} > 3 * 0.001 and slo:error:ratio_rate2h > 3 * 0.001 ' +
        'and slo:bad_events:increase1d >= 5',
      'slo:error:ratio_rate3d{slo="availability"} > 1 * 0.001 and slo:error:ratio_rate6h > 1 * 0.001 ' +
        'and slo:bad_events:increase3d >= 5',
    ]);
  });

  test('differ in the long window, which is a label', () => {
    for (const name of Object.keys(slos) as SloName[]) {
      expect(alertsOf(name).map(({ severity, labels }) => [severity, labels?.['window']])).toEqual([
        ['critical', '1h'],
        ['critical', '6h'],
        ['warning', '1d'],
        ['warning', '3d'],
      ]);
    }
  });

  test('go on firing for 15 minutes after they ended, times the factor of the windows', () => {
    for (const draft of alertsOf('latency')) {
      expect(finish(draft, {})).toMatchObject({ for: '0m', keep_firing_for: '15m' });
      expect(finish(draft, { timeScale: 1 / 60 })).toMatchObject({ keep_firing_for: '15s' });
    }
  });

  test('tell the promise, how far it is broken, and how long the budget lasts like that', () => {
    const texts = alertsOf('latency').map(({ description }) => description);
    expect(texts[0]).toBe(
      'Promised: Of the questions, 95 % are answered within 2 seconds. Over the last 1h this did not hold for ' +
        '{{ $value | humanizePercentage }}: at this pace the error budget of 30 days lasts less than 50 hours.',
    );
    expect(texts.map((text) => /less than (.*)\.$/.exec(text)?.[1])).toEqual([
      '50 hours',
      '5 days',
      '10 days',
      '30 days',
    ]);
  });
});

describe('any objective', () => {
  const indicators = Object.values<Slo>(slos).map(({ indicator }) => indicator);
  const slo = fc.record({
    title: fc.constantFrom('Availability', 'Two words', 'three small words'),
    description: fc.string(),
    target: fc.double({ min: 0.95, max: 0.99999, noNaN: true }),
    windowDays: fc.integer({ min: 4, max: 30 }),
    indicator: fc.constantFrom(...indicators),
  });

  test('gives rules that parse, and thresholds that events can pass', () => {
    fc.assert(
      fc.property(slo, fc.double({ min: 1e-4, max: 1, noNaN: true }), (any, timeScale) => {
        const { rules } = sloGroup('any', any, rulePromql('ballast', timeScale));
        for (const rule of rules) finish(rule, { timeScale });
        const thresholds = rules.flatMap(({ expr }) => [...expr.matchAll(/> ([\d.e-]+) \* ([\d.e-]+)/g)]);
        expect(thresholds).toHaveLength(8);
        for (const [, factor, budget] of thresholds) {
          const threshold = Number(factor) * Number(budget);
          expect(threshold).toBeGreaterThan(0);
          expect(threshold).toBeLessThan(1);
        }
      }),
    );
  });
});
