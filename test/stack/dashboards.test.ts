import { describe, expect, test } from 'vitest';
import { catalogue, targetLabels } from '../../alerts/promql/catalogue.ts';
import { parsePromql } from '../../alerts/promql/parse.ts';
import { unknownNames } from '../../alerts/promql/unknown-names.ts';
import { renderStack } from '../../infra/render/render.ts';
import { complaints } from '../alerts/promtool-complaints.ts';
import { root } from '../processes.ts';
import { panelQueries, withVariables } from './panel-queries.ts';
import { Rendered } from './rendered.ts';

describe('the queries of the dashboards', () => {
  const queries = panelQueries();

  test('are what Prometheus takes', async () => {
    expect(queries.length).toBeGreaterThan(100);
    expect(await complaints(queries.map(({ query }) => query))).toBe('');
  });

  test.each([...Map.groupBy(queries, ({ board }) => board)])(
    'of %s name series that something emits, by labels that these have',
    (_, some) => {
      for (const { panel, query, legend } of some) {
        const { metrics } = parsePromql(query);
        expect(metrics, panel).not.toEqual([]);
        expect(unknownNames(query), panel).toEqual([]);
        const known = [...metrics.flatMap((metric) => catalogue.get(metric) ?? []), ...targetLabels];
        const inLegend = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        expect(
          inLegend.filter((label) => !known.includes(label)),
          panel,
        ).toEqual([]);
      }
    },
  );

  test('have in their legends what they group by', () => {
    for (const { panel, query, legend } of queries) {
      const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) expect(grouped, panel).toContain(label);
    }
  });

  test('are about the chosen stack, and about all series where none is chosen', () => {
    for (const { panel, expr } of queries) {
      // A node is of no stack: it is asked for by the pods that it runs.
      const metrics = parsePromql(withVariables(expr)).metrics.filter((metric) => !metric.startsWith('kube_node_'));
      expect(metrics, panel).not.toEqual([]);
      for (const metric of metrics) {
        const selectors = expr.match(new RegExp(`(?<![\\w:])${metric}(?![\\w:])(\\{[^}]*\\})?`, 'g')) ?? [];
        expect(selectors, panel).not.toEqual([]);
        for (const selector of selectors) expect(selector, panel).toContain('namespace=~"$namespace"');
      }
    }
  });

  test.each(['dev', 'prod'])('name each workload by the kind that it has in %s, or by either', async (name) => {
    const stack = new Rendered(await renderStack(root, name));
    const named = queries.flatMap(({ panel, query }) =>
      [...query.matchAll(/\bkube_\w+\{[^}]*\b(deployment|statefulset|cronjob)="([^"]+)"/g)].map(
        ([, label = '', workload = '']) => ({ panel, kind: kinds[label as keyof typeof kinds], workload }),
      ),
    );
    expect(named).not.toEqual([]);
    const choices = Map.groupBy(named, ({ panel, workload }) => `${panel}: ${workload}`);
    const wrong = [...choices].filter(([, some]) => !some.some(({ kind, workload }) => stack.has(kind, workload)));
    expect(wrong.map(([choice]) => choice)).toEqual([]);
  });
});

/** By the labels of kube-state-metrics. */
const kinds = { deployment: 'Deployment', statefulset: 'StatefulSet', cronjob: 'CronJob' } as const;

describe('promtool', () => {
  test('refuses a query that is none', async () => {
    expect(await complaints(['sum(rag_queries_total'])).toContain('unclosed left parenthesis');
    expect(await complaints(['rates(rag_queries_total[1m])'])).toContain('unknown function');
  });
});
