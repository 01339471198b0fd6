import { failedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on Qdrant: searches that fail or take long, and a cluster that is not one. */
export function qdrantGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [failing(promql), slow(promql), split(promql), inactive(promql), stuck(promql)];
  return [{ name: 'qdrant', target: 'qdrant', rules }];
}

const query = 'endpoint="/collections/{collection_name}/points/query"';

function failing({ rate, increase }: Promql): AlertDraft {
  const response = (status: number) => `rest_responses_total{method="POST", ${query}, status="${status}"}`;
  return {
    alert: 'QdrantRequestsFailing',
    severity: 'warning',
    ...failedShare({
      failed: rate('rest_responses_total', '5m', { status: { matches: '5..' } }),
      all: rate('rest_responses_total', '5m'),
      counted: increase('rest_responses_total', '5m'),
      above: 0.05,
      counters: ({ good, failed }) => ({ [response(200)]: good, [response(500)]: failed }),
      excused: {
        because: 'the caller was wrong',
        counters: ({ good, failed }) => ({ [response(200)]: good, [response(404)]: failed }),
      },
      description: (share) => `Qdrant has answered ${share} of the requests of the last 5 minutes with an error.`,
    }),
    summary: 'Qdrant answers with errors.',
    dashboard: 'dependencies',
  };
}

/** The objective of retrieval is 200 ms, in which the question is embedded and Qdrant searched. */
function slow({ rate }: Promql): AlertDraft {
  const search = { endpoint: { matches: '.*/points/query' } } as const;
  const seconds = `sum(${rate('rest_responses_duration_seconds_sum', '5m', search)})`;
  const count = `sum(${rate('rest_responses_duration_seconds_count', '5m', search)})`;
  const took = (perAnswer: number, of = query) => ({
    [`rest_responses_duration_seconds_sum{${of}, status="200"}`]: inSteps(100, perAnswer * 100, 4),
    [`rest_responses_duration_seconds_count{${of}, status="200"}`]: inSteps(1000, 100, 4),
  });
  const upsert = 'endpoint="/collections/{collection_name}/points"';
  return {
    alert: 'QdrantSearchSlow',
    severity: 'warning',
    expr: `${seconds} / ${count} > 0.2`,
    for: '10m',
    summary: 'Searches in Qdrant take long.',
    description: 'A search in Qdrant takes {{ $value | humanizeDuration }} on average.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: { ...took(0.3), ...took(0.01, upsert) },
          holdsFrom: '4m',
          alerts: [{ description: 'A search in Qdrant takes 300ms on average.' }],
        },
      ],
      quiet: [
        { because: 'it takes 200 ms', series: took(0.2), at: '14m' },
        { because: 'documents are written', series: { ...took(0.01), ...took(2, upsert) }, at: '14m' },
      ],
    },
  };
}

/** Each node counts those that it is in a cluster with, itself included. */
function split({ select }: Promql): AlertDraft {
  const peers = (...known: number[]) =>
    Object.fromEntries(known.map((count, node) => [`cluster_peers_total{instance="qdrant-${node}"}`, `${count}x15`]));
  const description = (count: string) => `A node of Qdrant has been in a cluster of fewer than the ${count} that run.`;
  return {
    alert: 'QdrantClusterSplit',
    severity: 'critical',
    expr: `count(${select('cluster_peers_total')}) > min(${select('cluster_peers_total')})`,
    for: '5m',
    summary: 'A node of Qdrant is not in the cluster of the others.',
    description: description('{{ $value }}'),
    dashboard: 'dependencies',
    scenarios: {
      fires: [{ series: peers(3, 3, 1), holdsFrom: '0m', alerts: [{ description: description('3') }] }],
      quiet: [
        { because: 'all know all', series: peers(3, 3, 3), at: '10m' },
        { because: 'one that is down is still known', series: peers(3, 3), at: '10m' },
      ],
    },
  };
}

function inactive({ select }: Promql): AlertDraft {
  const dead = (values: string) => ({ 'collection_dead_replicas{instance="qdrant-0"}': values });
  const description = (count: string) => `${count} shards of Qdrant have had an inactive replica for 15 minutes.`;
  return {
    alert: 'QdrantReplicasInactive',
    severity: 'warning',
    expr: `max(${select('collection_dead_replicas')}) > 0`,
    for: '15m',
    summary: 'Shards of Qdrant have replicas that are not in use.',
    description: description('{{ $value }}'),
    dashboard: 'dependencies',
    scenarios: {
      fires: [{ series: dead('0 2x30'), holdsFrom: '1m', alerts: [{ description: description('2') }] }],
      quiet: [{ because: 'all are active', series: dead('0x30'), at: '20m' }],
    },
  };
}

/** Changes of the cluster come and go; one that is never done means that the nodes do not agree any more. */
function stuck({ range }: Promql): AlertDraft {
  const pending = (values: string) => ({ 'cluster_pending_operations_total{instance="qdrant-0"}': values });
  const description = (count: string) =>
    `${count} changes of Qdrant's cluster have been waiting at one of its nodes for 15 minutes.`;
  return {
    alert: 'QdrantConsensusStuck',
    severity: 'warning',
    expr: `max(min_over_time(${range('cluster_pending_operations_total', '10m')})) > 0`,
    for: '5m',
    summary: 'The nodes of Qdrant do not agree on changes any more.',
    description: description('{{ $value }}'),
    dashboard: 'dependencies',
    scenarios: {
      fires: [{ series: pending('0x9 1x30'), holdsFrom: '19m', alerts: [{ description: description('1') }] }],
      quiet: [{ because: 'they are done in between', series: pending('1 1 1 0 1 1 1 0 1 1 1 0 1x12'), at: '20m' }],
    },
  };
}
