import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on volumes and nodes, which only the Prometheus of a cluster sees. */
export function nodeGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [
    { name: 'kubernetes-volumes', target: 'kubelet', rules: [fillingUp(promql), nearlyFull(promql)] },
    { name: 'kubernetes-nodes', target: 'nodes', rules: [underPressure(promql)] },
  ];
}

const claim = 'persistentvolumeclaim="data-redis-0"';
const labels = { persistentvolumeclaim: 'data-redis-0' };

const freeShare = ({ select }: Promql) =>
  'min by (persistentvolumeclaim) ' +
  `(${select('kubelet_volume_stats_available_bytes')} / ${select('kubelet_volume_stats_capacity_bytes')})`;

const volume = (free: number) => ({
  [`kubelet_volume_stats_available_bytes{${claim}}`]: `${free}x30`,
  [`kubelet_volume_stats_capacity_bytes{${claim}}`]: '1000x30',
});

const description = (share: string, name: string) => `${share} of the volume ${name} is free.`;
const template = description('{{ $value | humanizePercentage }}', '{{ $labels.persistentvolumeclaim }}');

/** Below the fifth that Prometheus leaves free of its own. */
function fillingUp(promql: Promql): AlertDraft {
  return {
    alert: 'VolumeFillingUp',
    severity: 'warning',
    expr: `${freeShare(promql)} < 0.1`,
    for: '15m',
    summary: 'A volume fills up.',
    description: template,
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        { series: volume(80), holdsFrom: '0m', alerts: [{ labels, description: description('8%', 'data-redis-0') }] },
      ],
      quiet: [{ because: 'a tenth is free', series: volume(100), at: '20m' }],
    },
  };
}

function nearlyFull(promql: Promql): AlertDraft {
  return {
    alert: 'VolumeNearlyFull',
    severity: 'critical',
    expr: `${freeShare(promql)} < 0.03`,
    for: '5m',
    summary: 'A volume is nearly full.',
    description: template,
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        { series: volume(20), holdsFrom: '0m', alerts: [{ labels, description: description('2%', 'data-redis-0') }] },
      ],
      quiet: [{ because: '3 % are free', series: volume(30), at: '10m' }],
    },
  };
}

function underPressure({ select }: Promql): AlertDraft {
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;
  const pressure = select('kube_node_status_condition', { condition: conditions, status: 'true' });
  const series = (condition: string, status = 'true', values = '1x20') => ({
    [`kube_node_status_condition{node="n1", condition="${condition}", status="${status}"}`]: values,
  });
  const pod = { 'kube_pod_info{pod="api-1", node="n1"}': '1x20' };
  const text = (node: string, condition: string) =>
    `The node ${node}, which runs pods of the stack, reports ${condition}.`;
  const fires = (condition: string) =>
    ({
      series: { ...series(condition), ...pod },
      holdsFrom: '0m',
      alerts: [{ labels: { node: 'n1', condition }, description: text('n1', condition) }],
    }) as const;
  return {
    alert: 'NodeUnderPressure',
    severity: 'warning',
    expr: `max by (node, condition) (${pressure}) == 1 and on (node) ${select('kube_pod_info')}`,
    for: '5m',
    summary: 'A node of the stack runs out of memory, disk or processes.',
    description: text('{{ $labels.node }}', '{{ $labels.condition }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [fires('MemoryPressure'), fires('DiskPressure'), fires('PIDPressure')],
      quiet: [
        { because: 'no pod of the stack is there', series: series('DiskPressure'), at: '10m' },
        { because: 'it is ready', series: { ...series('Ready'), ...pod }, at: '10m' },
        { because: 'there is none', series: { ...series('DiskPressure', 'true', '0x20'), ...pod }, at: '10m' },
        { because: 'that is not true', series: { ...series('DiskPressure', 'false'), ...pod }, at: '10m' },
      ],
    },
  };
}
