import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { dashboardPromql, quantile } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';

/** What Qdrant says of itself. */
export const vectorStore = (): Panel[] => [
  graph({
    title: 'Requests to Qdrant',
    description: 'Answers of Qdrant over HTTP each second, by status.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{status}}': `sum by (status) (${rate('rest_responses_total', window)})` },
  }),
  graph({
    title: 'Time of Qdrant',
    description: 'Time within which 95 of 100 good answers of Qdrant were there, by endpoint.',
    unit: 's',
    queries: { '{{endpoint}}': quantile(0.95, rate('rest_responses_duration_seconds_bucket', window), ['endpoint']) },
  }),
  graph({
    title: 'Points',
    description:
      'Points that each node of Qdrant holds, by collection. A sudden drop is a lost collection or an unfinished restore.',
    unit: 'short',
    queries: { '{{id}} on {{instance}}': `sum by (id, instance) (${select('collection_points')})` },
  }),
  graph({
    title: 'Memory of Qdrant',
    description: 'Memory that each node of Qdrant has from the system.',
    unit: 'bytes',
    queries: { '{{instance}}': `sum by (instance) (${select('memory_resident_bytes')})` },
    width: 12,
  }),
  graph({
    title: 'Dead replicas',
    description: 'Copies of shards that are not active. While there are some, one more lost node may lose data.',
    unit: 'none',
    queries: { dead: `max(${select('collection_dead_replicas')})` },
    limits: { bad: 'above', warning: 1 },
    width: 12,
  }),
  graph({
    title: 'Nodes in the cluster',
    description:
      'Nodes of Qdrant that each node is in a cluster with, itself included. One with fewer than the others is cut off.',
    unit: 'none',
    queries: { '{{instance}}': `sum by (instance) (${select('cluster_peers_total')})` },
    width: 12,
  }),
  graph({
    title: 'Waiting changes',
    description:
      'Changes of the cluster that wait at each node of Qdrant. When they stay, the nodes do not agree any more.',
    unit: 'none',
    queries: { '{{instance}}': `sum by (instance) (${select('cluster_pending_operations_total')})` },
    width: 12,
  }),
];

/** What TEI says of itself. */
export const embeddings = (): Panel[] => [
  graph({
    title: 'Requests to TEI',
    description: 'Requests to TEI each second: of a single text, and of several at once.',
    unit: 'reqps',
    stacked: true,
    queries: { '{{method}}': `sum by (method) (${rate('te_request_count', window)})` },
  }),
  graph({
    title: 'Failures of TEI',
    description:
      'Failures of TEI each second, by reason. overloaded counts requests that it refused, since too many texts were there; ' +
      'inference and dropped count each text of a request.',
    unit: 'ops',
    queries: { '{{err}}': `sum by (err) (${rate('te_request_failure', window)})` },
  }),
  graph({
    title: 'Time of TEI',
    description: 'Time within which 95 of 100 requests to TEI ended, and how much of it they waited in its queue.',
    unit: 's',
    queries: {
      'p95 in all': quantile(0.95, rate('te_request_duration_bucket', window)),
      'p95 in the queue': quantile(0.95, rate('te_request_queue_duration_bucket', window)),
    },
  }),
  graph({
    title: 'Queue of TEI',
    description: 'Texts that wait in each copy of TEI.',
    unit: 'none',
    queries: { '{{instance}}': `sum by (instance) (${select('te_queue_size')})` },
    width: 24,
  }),
];

/** What LiteLLM says of itself. */
export const gateway = (): Panel[] => [
  graph({
    title: 'Requests to LiteLLM',
    description: 'Requests to LiteLLM each second, by model and status.',
    unit: 'reqps',
    stacked: true,
    queries: {
      '{{requested_model}} {{status_code}}': `sum by (requested_model, status_code) (${rate('litellm_proxy_total_requests_metric_total', window)})`,
    },
  }),
  graph({
    title: 'Time of the providers',
    description:
      'Time within which 95 of 100 calls of LiteLLM to each model ended: what remains of ours is in between.',
    unit: 's',
    queries: { '{{model}}': quantile(0.95, rate('litellm_llm_api_latency_metric_bucket', window), ['model']) },
  }),
  graph({
    title: 'Deployments of models',
    description: 'State of each deployment as LiteLLM sees it: 0 healthy, 1 partly out, 2 out.',
    unit: 'none',
    max: 2,
    queries: { '{{litellm_model_name}}': `max by (litellm_model_name) (${select('litellm_deployment_state')})` },
  }),
  graph({
    title: 'Failed calls of LiteLLM',
    description:
      'Share of the calls of each model that its provider did not answer well, but for requests that were wrong.',
    unit: 'percentunit',
    max: 1,
    queries: {
      '{{model_group}}':
        `sum by (model_group) (${rate('litellm_deployment_failure_responses_total', window, { exception_status: { not: '400' } })})` +
        ` / sum by (model_group) (${rate('litellm_deployment_total_requests_total', window)})`,
    },
    limits: { bad: 'above', warning: 0.05 },
    width: 24,
  }),
];

/** What the exporter beside Redis says of it. */
export const redis = (): Panel[] => [
  graph({
    title: 'Memory of Redis',
    description:
      'Memory that Redis uses of what it may. At the limit it evicts answers, never the ledger of the budgets.',
    unit: 'bytes',
    queries: {
      used: `sum(${select('redis_memory_used_bytes')})`,
      limit: `sum(${select('redis_memory_max_bytes')})`,
    },
  }),
  graph({
    title: 'Commands',
    description: 'Commands that Redis carries out each second.',
    unit: 'ops',
    queries: { commands: `sum(${rate('redis_commands_processed_total', window)})` },
  }),
  graph({
    title: 'Keys found',
    description: 'Share of the keys that were asked for and were there.',
    unit: 'percentunit',
    max: 1,
    queries: {
      found:
        `sum(${rate('redis_keyspace_hits_total', window)}) / ` +
        `(sum(${rate('redis_keyspace_hits_total', window)}) + sum(${rate('redis_keyspace_misses_total', window)}))`,
    },
  }),
  graph({
    title: 'Removed keys',
    description: 'Keys each second that Redis evicted for lack of memory, and that reached their age.',
    unit: 'ops',
    queries: {
      evicted: `sum(${rate('redis_evicted_keys_total', window)})`,
      expired: `sum(${rate('redis_expired_keys_total', window)})`,
    },
  }),
  graph({
    title: 'Clients of Redis',
    description: 'Open connections to Redis.',
    unit: 'none',
    queries: { connections: `sum(${select('redis_connected_clients')})` },
  }),
  graph({
    title: 'Redis answers its exporter',
    description: '1 while the exporter beside Redis reaches it.',
    unit: 'bool_yes_no',
    max: 1,
    queries: { up: `min(${select('redis_up')})` },
  }),
  graph({
    title: 'Errors of Redis',
    description:
      'Commands each second that Redis refused, by error. OOM and MISCONF are writes: no memory, or no disk.',
    unit: 'ops',
    queries: { '{{err}}': `sum by (err) (${rate('redis_errors_total', window)})` },
    width: 12,
  }),
  graph({
    title: 'Redis saves',
    description: 'Whether Redis could write its append-only file the last time, and make it shorter.',
    unit: 'bool_yes_no',
    max: 1,
    queries: {
      written: `min(${select('redis_aof_last_write_status')})`,
      shortened: `min(${select('redis_aof_last_bgrewrite_status')})`,
    },
    width: 12,
  }),
];
