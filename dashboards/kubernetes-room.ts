import { bars } from './panel-bars.ts';
import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { table } from './panel-table.ts';
import { dashboardPromql } from './promql.ts';

const { select } = dashboardPromql;

/** What the parts may use, and what they do use. */
export const room = (): Panel[] => [
  graph({
    title: 'Memory of each part',
    description: 'Resident memory of each copy that says so; its limit is in the next panel.',
    unit: 'bytes',
    queries: { '{{job}} {{instance}}': `sum by (job, instance) (${select('process_resident_memory_bytes')})` },
  }),
  bars({
    title: 'Memory limits',
    description: 'Most memory that the containers of each kind may have, all copies together.',
    unit: 'bytes',
    queries: {
      '{{container}}': `sum by (container) (${select('kube_pod_container_resource_limits', { resource: 'memory' })})`,
    },
  }),
  bars({
    title: 'Requested processors',
    description: 'Processors that the containers of each kind ask for, all copies together.',
    unit: 'none',
    queries: {
      '{{container}}': `sum by (container) (${select('kube_pod_container_resource_requests', { resource: 'cpu' })})`,
    },
  }),
  bars({
    title: 'Quota',
    description: 'Share of each quota of the namespace that is used. At 100 % no further pod starts.',
    unit: 'percentunit',
    max: 1,
    queries: {
      '{{resource}}':
        `max by (resource) (${select('kube_resourcequota', { type: 'used' })})` +
        ` / max by (resource) (${select('kube_resourcequota', { type: 'hard' })})`,
    },
    limits: { bad: 'above', warning: 0.8, critical: 0.95 },
  }),
  bars({
    title: 'Sizes of volumes',
    description: 'Size of each volume that the stack asked for.',
    unit: 'bytes',
    queries: {
      '{{persistentvolumeclaim}}': `sum by (persistentvolumeclaim) (${select('kube_persistentvolumeclaim_resource_requests_storage_bytes')})`,
    },
  }),
  bars({
    title: 'Full volumes',
    description: 'Share of each volume that is used, where the Prometheus of the cluster asks the nodes for it.',
    unit: 'percentunit',
    max: 1,
    queries: {
      '{{persistentvolumeclaim}}':
        `1 - max by (persistentvolumeclaim) (${select('kubelet_volume_stats_available_bytes')})` +
        ` / max by (persistentvolumeclaim) (${select('kubelet_volume_stats_capacity_bytes')})`,
    },
    limits: { bad: 'above', warning: 0.8, critical: 0.9 },
  }),
  graph({
    title: 'Nodes under pressure',
    description:
      'Whether a node that runs pods of the stack is short of memory, disk or processes, where the Prometheus of the cluster ' +
      'is asked.',
    unit: 'bool_yes_no',
    max: 1,
    queries: {
      '{{node}} {{condition}}':
        `max by (node, condition) (${select('kube_node_status_condition', { condition: ['MemoryPressure', 'DiskPressure', 'PIDPressure'], status: 'true' })})` +
        ` and on (node) ${select('kube_pod_info')}`,
    },
    width: 24,
  }),
];

/** Whether what is saved is new enough. */
export const backups = (): Panel[] => [
  bars({
    title: 'Time since the last good run',
    description:
      'Time since each schedule last ran to a good end: snapshots of the vector store, backups of the ledger, and the drill ' +
      'that restores them. Each has an alert at its own age.',
    unit: 's',
    queries: {
      '{{cronjob}}': `time() - max by (cronjob) (${select('kube_cronjob_status_last_successful_time')})`,
    },
    width: 12,
  }),
  table({
    title: 'Failed jobs',
    description: 'Jobs that failed in all their tries and are still in the cluster.',
    unit: 'none',
    query: `sum by (job_name) (${select('kube_job_failed', { condition: 'true' })}) > 0`,
    value: 'Failed',
  }),
];
