import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaled } from './duration.ts';
import { parsePromql } from './parse.ts';
import { rulePromql } from './promql.ts';

const { select, rate, increase, rateAtMost, increaseAtMost, range, steps, stepsOf, ago } = rulePromql(undefined, 1);

describe('a selector', () => {
  test.each([
    [select('up'), 'up'],
    [select('up', { job: 'api' }), 'up{job="api"}'],
    [select('rag_queries_total', { status: ['error', 'shed'] }), 'rag_queries_total{status=~"error|shed"}'],
    [select('rag_queries_total', { status: { not: 'shed' } }), 'rag_queries_total{status!="shed"}'],
    [select('rag_queries_total', { status: { not: ['error', 'shed'] } }), 'rag_queries_total{status!~"error|shed"}'],
    [select('up', { instance: { matches: '10[.].*' } }), 'up{instance=~"10[.].*"}'],
    [select('up', { instance: ['a.b', 'c|d'] }), 'up{instance=~"a\\\\.b|c\\\\|d"}'],
    [select('up', { instance: 'with "quotes"' }), 'up{instance="with \\"quotes\\""}'],
    [rate('rag_queries_total', '5m', { status: 'error' }), 'rate(rag_queries_total{status="error"}[5m])'],
    [increase('rag_queries_total', '1h'), 'increase(rag_queries_total[1h])'],
    [range('up', '5m', { job: 'api' }), 'up{job="api"}[5m]'],
    [steps('up', '1d', '5m', { job: 'api' }), 'up{job="api"}[1d:5m]'],
    [stepsOf('sum(up)', '1d', '5m'), 'sum(up)[1d:5m]'],
    [ago(range('up', '1d'), '7d'), 'up[1d] offset 7d'],
  ])('is written as %s', (written, expected) => {
    expect(written).toBe(expected);
  });

  test('of a bucket fits how Prometheus 2 and how Prometheus 3 write whole numbers', () => {
    const whole = rateAtMost('rag_query_duration_seconds', 2, '5m');
    expect(whole).toBe('rate(rag_query_duration_seconds_bucket{le=~"2(\\\\.0)?"}[5m])');
    const part = rateAtMost('rag_retrieval_duration_seconds', 0.2, '5m');
    expect(part).toBe('rate(rag_retrieval_duration_seconds_bucket{le="0.2"}[5m])');
    const increased = increaseAtMost('rag_retrieval_duration_seconds', 0.2, '5m');
    expect(increased).toBe('increase(rag_retrieval_duration_seconds_bucket{le="0.2"}[5m])');
  });

  test('is for one namespace where Prometheus watches several', () => {
    const shared = rulePromql('ballast', 1);
    expect(shared.select('up', { job: 'api' })).toBe('up{job="api", namespace="ballast"}');
    expect(shared.rateAtMost('rag_retrieval_duration_seconds', 0.2, '5m')).toContain('namespace="ballast"');
  });

  test('of what tells of the whole cluster has no namespace of itself', () => {
    const shared = rulePromql('ballast', 1);
    expect(shared.select('kube_node_status_condition')).toBe('kube_node_status_condition');
    expect(shared.select('kube_pod_info')).toBe('kube_pod_info{namespace="ballast"}');
  });

  test('is PromQL whatever a label has to be', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { minLength: 1 }), (one, several) => {
        expect(parsePromql(select('up', { job: one })).metrics).toEqual(['up']);
        expect(parsePromql(select('up', { job: several })).metrics).toEqual(['up']);
      }),
    );
  });

  test('of what nobody declares does not compile', () => {
    // @ts-expect-error -- no such metric
    select('rag_questions_total');
    // @ts-expect-error -- no such label
    select('rag_queries_total', { state: 'error' });
    // @ts-expect-error -- no such value
    select('rag_queries_total', { status: 'failed' });
    // @ts-expect-error -- a histogram has no series of its own name
    select('rag_query_duration_seconds');
    // @ts-expect-error -- no such bucket
    rateAtMost('rag_query_duration_seconds', 3, '5m');
  });
});

describe('a scaled duration', () => {
  test.each([
    ['5m', 1, '5m'],
    ['5m', 1 / 60, '5s'],
    ['1h', 1 / 60, '60s'],
    ['1m', 1 / 600, '100ms'],
    ['30d', 1 / 86_400, '30s'],
  ] as const)('%s times %d is %s', (duration, factor, expected) => {
    expect(scaled(duration, factor)).toBe(expected);
  });
});

describe('an expression', () => {
  test.each([
    ['sum by (le, status) (rate(a{status="x", b=~"c{}"}[5m]))', ['a'], ['le', 'status', 'b']],
    ['a / on (b) group_left (c) d', ['a', 'd'], ['b', 'c']],
    ['sum(a) by (b) > bool 1e3 or vector(0) unless c offset 5m', ['a', 'c'], ['b']],
    ['quantile_over_time(0.9, a[1h:5m]) and ignoring(x) slo:b:c == +Inf', ['a', 'slo:b:c'], ['x']],
  ])('%s names metrics and labels', (expression, metrics, labels) => {
    expect(parsePromql(expression)).toEqual({ metrics, labels });
  });

  test('that is none is refused with the place', () => {
    expect(() => parsePromql('sum(a')).toThrow('no PromQL at character 6: sum(a⟨here⟩');
  });
});
