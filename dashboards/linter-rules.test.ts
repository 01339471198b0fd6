import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../alerts/promql/catalogue.ts';
import { foreignMetrics } from '../alerts/promql/foreign/index.ts';
import type { ForeignMetric } from '../alerts/promql/foreign/metric.ts';
import { parsePromql } from '../alerts/promql/parse.ts';
import type { Metric } from '../service/contract/metric.ts';
import { metrics } from '../service/contract/metrics.ts';
import { dashboards } from './index.ts';

/*
 * The rules of https://github.com/grafana/dashboard-linter by their names, but for those about Loki, and for template-job-rule,
 * template-instance-rule, target-job-rule and target-instance-rule: a dashboard here shows many jobs at once, most panels one
 * of them, and all of its copies together or side by side. What has to be chosen is the stack, where a Prometheus watches
 * several. So each query matches the variable `namespace` in the place of `job` and `instance`, and its value for all is `.*`
 * instead of `.+`, which would leave out the series of a Prometheus that gives them no namespace.
 */

const boards = [...dashboards()].map(([name, board]) => [name, board] as const);
const panels = boards.flatMap(([name, board]) =>
  (board.panels as Panel[])
    .filter(({ type }) => type !== 'row' && type !== 'text')
    .map((panel) => [`${name}: ${panel.title}`, panel] as const),
);
const queries = panels.flatMap(([name, { targets = [] }]) =>
  (targets as unknown as { expr: string }[]).map(({ expr }) => [name, expr] as const),
);
interface Variable {
  readonly type: string;
  readonly query?: string;
  readonly refresh?: number;
}
const variables = boards.map(
  ([name, { templating }]) => [name, (templating.list ?? []) as unknown as Variable[]] as const,
);
const withVariables = (expr: string) => expr.replaceAll(/\$__(rate_interval|range)/g, '1m');

describe('dashboard-linter', () => {
  it('template-datasource-rule: one data source is chosen, by the usual name', () => {
    for (const [name, all] of variables) {
      const sources = all.filter(({ type }) => type === 'datasource');
      expect(sources, name).toEqual([
        expect.objectContaining({ name: 'datasource', label: 'Data source', query: 'prometheus' }),
      ]);
    }
  });

  it('in the place of template-job-rule: a stack is chosen, several or all', () => {
    for (const [name, all] of variables) {
      const others = all.filter(({ type }) => type !== 'datasource');
      expect(others, name).toEqual([
        expect.objectContaining({
          type: 'query',
          name: 'namespace',
          label: 'Stack',
          datasource: { type: 'prometheus', uid: '${datasource}' },
          multi: true,
          includeAll: true,
          allValue: '.*',
        }),
      ]);
    }
  });

  it('in the place of target-job-rule: each selector matches it, or is about nodes and another one does', () => {
    for (const [name, expr] of queries) {
      const selectors = [...withVariables(expr).matchAll(/\w+\{[^}]*\}/g)]
        .map(([selector]) => selector)
        .filter((selector) => !selector.startsWith('kube_node_'));
      expect(selectors, name).not.toEqual([]);
      for (const selector of selectors) expect(selector, name).toContain('namespace=~"$namespace"');
    }
  });

  it('template-label-promql-rule: the query of a variable is PromQL', () => {
    for (const [name, all] of variables) {
      const { query = '' } = all.find(({ type }) => type === 'query') ?? {};
      const [, series = '', label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      expect(
        parsePromql(series).metrics.filter((metric) => !catalogue.has(metric)),
        name,
      ).toEqual([]);
      expect(label, name).toBe('namespace');
    }
  });

  it('template-on-time-change-reload-rule: variables follow the time that is shown', () => {
    for (const [name, all] of variables) {
      for (const { type, refresh } of all) if (type === 'query') expect(refresh, name).toBe(2);
    }
  });

  it('panel-datasource-rule: each panel asks the chosen data source', () => {
    for (const [name, { datasource }] of panels) expect(datasource?.uid, name).toBe('${datasource}');
  });

  it('panel-title-description-rule: each panel says what it shows', () => {
    for (const [name, { title, description }] of panels) {
      expect(title, name).toMatch(/\S/);
      expect(description, name).toMatch(/^\S.{15,}\.$/s);
    }
  });

  it('panel-units-rule: each panel has one of the units that Grafana has', () => {
    const known = ['none', 'short', 'percentunit', 's', 'bytes', 'reqps', 'ops', 'cps', 'currencyUSD', 'bool_yes_no'];
    for (const [name, { fieldConfig }] of panels) expect(known, name).toContain(fieldConfig?.defaults.unit);
  });

  it('panel-no-targets-rule: each panel asks something', () => {
    for (const [name, { targets }] of panels) expect(targets?.length, name).toBeGreaterThan(0);
  });

  it('target-promql-rule: each query is PromQL', () => {
    for (const [name, expr] of queries) {
      expect(() => parsePromql(withVariables(expr)), name).not.toThrow();
    }
  });

  it('target-rate-interval-rule: rates are over $__rate_interval', () => {
    for (const [name, expr] of queries) {
      for (const [, window] of expr.matchAll(/\birate\(|\brate\([^[]*\[([^\]]*)\]/g)) {
        expect(window, name).toBe('$__rate_interval');
      }
      for (const [, window = ''] of expr.matchAll(/\[([^\]]*)\]/g)) {
        expect(['$__rate_interval', '$__range'], name).toContain(window);
      }
    }
  });

  it('target-counter-agg-rule: what only grows is shown as growth', () => {
    for (const [name, expr] of queries) {
      expect(
        selectorsOf(withVariables(expr)).filter(({ metric, within }) => isCounter(metric) && !growth.has(within)),
        name,
      ).toEqual([]);
    }
  });

  it('uneditable-dashboard: dashboards are changed in files alone', () => {
    for (const [name, { editable }] of boards) expect(editable, name).toBe(false);
  });
});

const growth = new Set(['rate', 'increase']);

const counters = new Set(
  [...Object.entries<Metric>(metrics), ...Object.entries<ForeignMetric>(foreignMetrics)].flatMap(([name, { type }]) =>
    type === 'counter' ? [name] : type === 'gauge' ? [] : ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`),
  ),
);

/** Qdrant has gauges with such names too. */
const gauges = new Set(
  Object.entries<ForeignMetric>(foreignMetrics).flatMap(([name, { type }]) => (type === 'gauge' ? [name] : [])),
);
const isCounter = (metric: string) => counters.has(metric) || (metric.endsWith('_total') && !gauges.has(metric));

/** The metrics of an expression, each with the function that it is the range of, if any. */
function selectorsOf(expression: string): { readonly metric: string; readonly within: string }[] {
  const found: { metric: string; within: string }[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, from, to, node }) => {
      if (name !== 'Identifier' || node.parent?.name !== 'VectorSelector') return;
      const range = node.parent.parent;
      const call = range?.name === 'MatrixSelector' ? range.parent?.parent : undefined;
      const text = call === undefined || call === null ? '' : expression.slice(call.from, call.to);
      found.push({ metric: expression.slice(from, to), within: /^(\w+)\(/.exec(text)?.[1] ?? '' });
    },
  });
  return found;
}
