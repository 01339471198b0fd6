import { dashboard, type Dashboard } from './dashboard.ts';
import type { DashboardOptions } from './links.ts';
import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { certificates } from './kubernetes-certificates.ts';
import { backups, room } from './kubernetes-room.ts';
import { serviceCopies } from './kubernetes-process.ts';
import { stat } from './panel-stat.ts';
import { table } from './panel-table.ts';
import { dashboardPromql } from './promql.ts';

const { select, increase } = dashboardPromql;

/** Copies, restarts, memory, processors, volumes, backups and certificates. */
export function kubernetes(options: DashboardOptions): Dashboard {
  return dashboard(
    {
      name: 'kubernetes',
      title: 'Kubernetes',
      description: 'Whether the objects of the stack are as they should be, and how the copies of the service fare.',
      sections: [
        { title: 'Now', panels: now() },
        { title: 'Workloads', panels: workloads() },
        { title: 'Copies of the service', panels: serviceCopies() },
        { title: 'Room', panels: room() },
        { title: 'Backups', panels: backups() },
        { title: 'Certificates', panels: certificates() },
      ],
    },
    options,
  );
}

const missingCopies =
  `sum(clamp_min(${select('kube_deployment_spec_replicas')} - ${select('kube_deployment_status_replicas_ready')}, 0)) + ` +
  `(sum(clamp_min(${select('kube_statefulset_replicas')} - ${select('kube_statefulset_status_replicas_ready')}, 0)) or vector(0))`;

const now = (): Panel[] => [
  stat({
    title: 'Missing copies',
    description: 'Copies of deployments and stateful sets that should be there and are not ready.',
    unit: 'none',
    query: missingCopies,
    limits: { bad: 'above', warning: 1 },
  }),
  stat({
    title: 'Pods that do not run',
    description: 'Pods that wait for a place on a node, or have failed.',
    unit: 'none',
    query: `sum(${select('kube_pod_status_phase', { phase: ['Pending', 'Failed', 'Unknown'] })})`,
    limits: { bad: 'above', warning: 1 },
  }),
  stat({
    title: 'Containers that wait',
    description: 'Containers that cannot start: a crash loop, an image that is not there, a missing secret.',
    unit: 'none',
    query: `sum(${select('kube_pod_container_status_waiting_reason', { reason: { not: ['ContainerCreating', 'PodInitializing'] } })}) or vector(0)`,
    limits: { bad: 'above', critical: 1 },
  }),
  stat({
    title: 'Restarts',
    description: 'Restarts of containers over the time that is shown.',
    unit: 'none',
    query: `sum(${increase('kube_pod_container_status_restarts_total', '$__range')})`,
    limits: { bad: 'above', warning: 1, critical: 5 },
  }),
  stat({
    title: 'Killed for memory',
    description: 'Containers whose last end was that they used more memory than their limit.',
    unit: 'none',
    query: `sum(${select('kube_pod_container_status_last_terminated_reason', { reason: 'OOMKilled' })}) or vector(0)`,
    limits: { bad: 'above', warning: 1 },
  }),
  stat({
    title: 'Volumes not bound',
    description: 'Claims of volumes that no volume has been found for, or whose volume is lost.',
    unit: 'none',
    query: `sum(${select('kube_persistentvolumeclaim_status_phase', { phase: ['Pending', 'Lost'] })})`,
    limits: { bad: 'above', critical: 1 },
  }),
];

const workloads = (): Panel[] => [
  graph({
    title: 'Ready copies',
    description: 'Copies of each deployment that are ready.',
    unit: 'none',
    queries: { '{{deployment}}': `sum by (deployment) (${select('kube_deployment_status_replicas_ready')})` },
  }),
  graph({
    title: 'Ready copies with a volume',
    description: 'Copies of each stateful set that are ready.',
    unit: 'none',
    queries: { '{{statefulset}}': `sum by (statefulset) (${select('kube_statefulset_status_replicas_ready')})` },
  }),
  graph({
    title: 'Scaling',
    description:
      'Copies that each autoscaler wants and has, between its least and its most. At the most it can help no further.',
    unit: 'none',
    queries: {
      '{{horizontalpodautoscaler}} wanted': `max by (horizontalpodautoscaler) (${select('kube_horizontalpodautoscaler_status_desired_replicas')})`,
      '{{horizontalpodautoscaler}} there': `max by (horizontalpodautoscaler) (${select('kube_horizontalpodautoscaler_status_current_replicas')})`,
      '{{horizontalpodautoscaler}} least': `max by (horizontalpodautoscaler) (${select('kube_horizontalpodautoscaler_spec_min_replicas')})`,
      '{{horizontalpodautoscaler}} most': `max by (horizontalpodautoscaler) (${select('kube_horizontalpodautoscaler_spec_max_replicas')})`,
    },
  }),
  graph({
    title: 'Restarts',
    description: 'Restarts of the containers of each pod.',
    unit: 'none',
    queries: {
      '{{pod}} {{container}}': `sum by (pod, container) (${increase('kube_pod_container_status_restarts_total', '$__rate_interval')}) > 0`,
    },
  }),
  graph({
    title: 'Disruption budgets',
    description: 'Healthy copies above the least that a drain of a node has to leave. At 0 no pod may be moved.',
    unit: 'none',
    queries: {
      '{{poddisruptionbudget}}':
        `sum by (poddisruptionbudget) (${select('kube_poddisruptionbudget_status_current_healthy')})` +
        ` - sum by (poddisruptionbudget) (${select('kube_poddisruptionbudget_status_desired_healthy')})`,
    },
  }),
  table({
    title: 'Why containers wait or ended',
    description: 'Reasons why containers wait now, and why they last ended.',
    unit: 'none',
    query:
      `sum by (pod, container, reason) (${select('kube_pod_container_status_waiting_reason')} or ` +
      `${select('kube_pod_container_status_last_terminated_reason')}) > 0`,
    value: 'Containers',
    width: 8,
  }),
];
