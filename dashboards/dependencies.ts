import { dashboard, type Dashboard } from './dashboard.ts';
import { embeddings, gateway, redis, vectorStore } from './dependencies-own.ts';
import type { DashboardOptions } from './links.ts';
import { boundLimits } from './objectives.ts';
import { bars } from './panel-bars.ts';
import { graph, percentiles } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { stat } from './panel-stat.ts';
import { dashboardPromql } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';

/** The parts that the service calls, as it sees them and as they say themselves. */
export function dependencies(options: DashboardOptions): Dashboard {
  return dashboard(
    {
      name: 'dependencies',
      title: 'Dependencies',
      description: 'Qdrant, TEI, LiteLLM, Redis and MLflow, as the service sees them and as they say themselves.',
      sections: [
        { title: 'Copies that answer Prometheus', panels: copies() },
        { title: 'As the service sees them', panels: seen() },
        { title: 'Caches of answers', panels: caches() },
        { title: 'Qdrant', panels: vectorStore() },
        { title: 'TEI', panels: embeddings() },
        { title: 'LiteLLM', panels: gateway() },
        { title: 'Redis', panels: redis() },
      ],
    },
    options,
  );
}

const parts = [
  ['Qdrant', 'qdrant'],
  ['TEI', 'tei'],
  ['LiteLLM', 'litellm'],
  ['Redis', 'redis'],
  ['OpenTelemetry collector', 'otel-collector'],
] as const;

/** Of either kind, by what keeps its data. */
const mlflowCopies = [
  select('kube_statefulset_status_replicas_ready', { statefulset: 'mlflow' }),
  select('kube_deployment_status_replicas_ready', { deployment: 'mlflow' }),
];

const copies = (): Panel[] => [
  ...parts.map(([title, job]) =>
    stat({
      title,
      description: `Copies of ${title} that answer Prometheus now. No data where the stack uses one from outside.`,
      unit: 'none',
      query: `sum(${select('up', { job })})`,
      limits: { bad: 'below', critical: 1 },
    }),
  ),
  // It serves no metrics: kube-state-metrics tells of it.
  stat({
    title: 'MLflow',
    description: 'Copies of MLflow that are ready. It serves no metrics of its own; the service works without it.',
    unit: 'none',
    query: `sum(${mlflowCopies.join(' or ')})`,
    limits: { bad: 'below', warning: 1 },
  }),
];

const seen = (): Panel[] => [
  graph({
    title: 'Up',
    description: 'Share of the copies of the service whose last check of each dependency succeeded.',
    unit: 'percentunit',
    max: 1,
    queries: { '{{dependency}}': `avg by (dependency) (${select('dependency_up')})` },
  }),
  graph({
    title: 'Circuit breakers',
    description: 'Share of the copies whose breaker is open or half open, of dependencies and of models.',
    unit: 'percentunit',
    max: 1,
    queries: { '{{model}}': `avg by (model) (${select('circuit_breaker_state')} != bool 0)` },
  }),
  percentiles({
    title: 'Retrieval',
    description:
      'Time to find the passages for one question: embedding and search. The objective wants p99 below the line.',
    unit: 's',
    histogram: 'rag_retrieval_duration_seconds',
    limits: boundLimits('retrieval'),
  }),
];

const caches = (): Panel[] => [
  graph({
    title: 'Hit ratio',
    description: 'Share of the look-ups in each cache that found an entry.',
    unit: 'percentunit',
    max: 1,
    queries: {
      '{{cache}}':
        `sum by (cache) (${rate('cache_hits_total', window)}) / ` +
        `(sum by (cache) (${rate('cache_hits_total', window)}) + sum by (cache) (${rate('cache_misses_total', window)}))`,
    },
  }),
  graph({
    title: 'Look-ups',
    description: 'Look-ups in each cache each second, by whether they found an entry.',
    unit: 'ops',
    queries: {
      '{{cache}} found': `sum by (cache) (${rate('cache_hits_total', window)})`,
      '{{cache}} not found': `sum by (cache) (${rate('cache_misses_total', window)})`,
    },
  }),
  graph({
    title: 'Removed entries',
    description: 'Entries each second that left a cache to make room, and because of their age.',
    unit: 'ops',
    queries: {
      '{{cache}} for room': `sum by (cache) (${rate('cache_evictions_total', window)})`,
      '{{cache}} of age': `sum by (cache) (${rate('cache_ttl_expirations_total', window)})`,
    },
  }),
  bars({
    title: 'Entries',
    description: 'Entries that the caches of all copies hold now. What is in Redis counts in each copy that counts it.',
    unit: 'short',
    queries: { '{{cache}}': `sum by (cache) (${select('cache_size')})` },
    width: 24,
  }),
];
