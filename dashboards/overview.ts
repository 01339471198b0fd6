import type { MetricName } from '../service/contract/metrics.ts';
import { dashboard, type Dashboard } from './dashboard.ts';
import { graph } from './panel.ts';

/** What one looks at first: are questions answered, how fast, how often from the cache. */
export function overview(): Dashboard {
  return dashboard({
    uid: 'ballast-overview',
    title: 'Overview',
    description: 'Whether questions are answered, how fast, and how many at once.',
    panels: [queryRate(), errorRatio(), latency(), cacheHitRatio(), activeQueries()],
  });
}

const queryRate = () =>
  graph({
    title: 'Questions',
    description: 'Admitted questions each second, by how they ended.',
    unit: 'reqps',
    queries: { '{{status}}': `sum by (status) (${rate('rag_queries_total')})` },
  });

const errorRatio = () =>
  graph({
    title: 'Errors',
    description: 'Share of the admitted questions that ended in an error or were refused because of overload.',
    unit: 'percentunit',
    max: 1,
    queries: {
      error: `sum(${rate('rag_queries_total', 'status="error"')}) / sum(${rate('rag_queries_total')})`,
      shed: `sum(${rate('rag_queries_total', 'status="shed"')}) / sum(${rate('rag_queries_total')})`,
    },
  });

const latency = () =>
  graph({
    title: 'Latency',
    description: 'Time from the arrival of a question to its answer; one in two, in twenty, in a hundred takes longer.',
    unit: 's',
    exemplars: true,
    queries: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
  });

const cacheHitRatio = () =>
  graph({
    title: 'Answers from the cache',
    description: 'Share of the questions that a stored answer was found for. The others cost a call to a model.',
    unit: 'percentunit',
    max: 1,
    queries: { hits: `sum(${rate('rag_cache_hits_total')}) / sum(${rate('rag_queries_total', 'status!="shed"')})` },
  });

const activeQueries = () =>
  graph({
    title: 'Questions at once',
    description: 'Questions being answered now, in all copies of the service together.',
    unit: 'none',
    queries: { active: `sum(${'rag_active_queries' satisfies MetricName})` },
  });

/** The window fits the time between scrapes and the width of the graph. */
const rate = (metric: MetricName | `${MetricName}_bucket`, matchers = '') =>
  `rate(${metric}${matchers === '' ? '' : `{${matchers}}`}[$__rate_interval])`;

const quantile = (share: number) =>
  `histogram_quantile(${share}, sum by (le) (${rate('rag_query_duration_seconds_bucket')}))`;
