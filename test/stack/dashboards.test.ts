import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { dashboards } from '../../dashboards/index.ts';
import type { Metric } from '../../service/contract/metric.ts';
import { metrics } from '../../service/contract/metrics.ts';
import { processMetrics } from '../../service/contract/process-metrics.ts';
import { run } from '../processes.ts';
import { metricsIn } from './promql-metrics.ts';

/** Names of series: a histogram has three, and none under its own name. */
const series = new Set([
  ...Object.entries<Metric>(metrics).flatMap(([name, { type }]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  ),
  ...processMetrics,
]);

/** Every query of a dashboard, with the values of Grafana's own variables. */
function queriesOf(name: string): string[] {
  const panels = (dashboards().get(name)?.panels ?? []) as Panel[];
  return panels
    .flatMap(({ targets = [] }) => targets as { expr?: string }[])
    .map(({ expr = '' }) => expr.replaceAll('$__rate_interval', '1m'));
}

/** What promtool says to rules that record these queries; nothing when it takes them. */
async function complaints(queries: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-queries-'));
  try {
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
    await writeFile(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'queries', rules }] }));
    const { code, stderr } = await run(inject('promtool'), ['check', 'rules', join(folder, 'rules.yml')]);
    return code === 0 ? '' : stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the metrics of a query', () => {
  test.each([
    ['sum by (le, status) (rate(rag_queries_total{status="error", a=~"rag_x{}"}[5m]))', ['rag_queries_total']],
    ['a / on (b) group_left (c) d', ['a', 'd']],
    ['sum(a) by (b) > bool 1e3 or vector(0) unless c offset 5m', ['a', 'c']],
    ['quantile_over_time(0.9, a[1h:5m]) and ignoring(x) b == +Inf', ['a', 'b']],
    ["label_replace(a, 'b', '$1', `c`, '(.*)')", ['a']],
    ['rates(a) + ratee', ['a', 'ratee']],
  ])('in %s are %j', (query, names) => {
    expect(metricsIn(query)).toEqual(names);
  });
});

describe.each([...dashboards().keys()])('%s', (name) => {
  const queries = queriesOf(name);

  test('has queries that Prometheus takes', async () => {
    expect(queries.length).toBeGreaterThan(0);
    expect(await complaints(queries)).toBe('');
  });

  test('asks for series that the service emits, and for no other', () => {
    for (const query of queries) {
      const named = metricsIn(query);
      expect(named, query).not.toEqual([]);
      expect(
        named.filter((metric) => !series.has(metric)),
        query,
      ).toEqual([]);
    }
  });
});

describe('promtool', () => {
  test('refuses a query that is none', async () => {
    expect(await complaints(['sum(rag_queries_total'])).toContain('unclosed left parenthesis');
    expect(await complaints(['rates(rag_queries_total[1m])'])).toContain('unknown function');
  });
});
