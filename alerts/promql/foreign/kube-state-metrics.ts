import type { ForeignMetrics } from './metric.ts';

const job = ['namespace', 'job_name'] as const;
const cronjob = ['namespace', 'cronjob'] as const;
const deployment = ['namespace', 'deployment'] as const;
const statefulset = ['namespace', 'statefulset'] as const;
const autoscaler = ['namespace', 'horizontalpodautoscaler'] as const;
const disruptionBudget = ['namespace', 'poddisruptionbudget'] as const;
const claim = ['namespace', 'persistentvolumeclaim'] as const;
const pod = ['namespace', 'pod', 'uid'] as const;
const container = [...pod, 'container'] as const;

/** https://github.com/kubernetes/kube-state-metrics/tree/v2.15.0/docs/metrics */
export const kubeStateMetrics = {
  kube_cronjob_created: { type: 'gauge', labels: cronjob },
  kube_cronjob_status_last_successful_time: { type: 'gauge', labels: cronjob },
  kube_deployment_spec_replicas: { type: 'gauge', labels: deployment },
  kube_deployment_status_replicas_ready: { type: 'gauge', labels: deployment },
  kube_horizontalpodautoscaler_spec_max_replicas: { type: 'gauge', labels: autoscaler },
  kube_horizontalpodautoscaler_spec_min_replicas: { type: 'gauge', labels: autoscaler },
  kube_horizontalpodautoscaler_status_current_replicas: { type: 'gauge', labels: autoscaler },
  kube_horizontalpodautoscaler_status_desired_replicas: { type: 'gauge', labels: autoscaler },
  kube_job_failed: { type: 'gauge', labels: [...job, 'condition'] },
  kube_job_owner: { type: 'gauge', labels: [...job, 'owner_kind', 'owner_name', 'owner_is_controller'] },
  kube_job_status_start_time: { type: 'gauge', labels: job },
  kube_node_status_condition: { type: 'gauge', labels: ['node', 'condition', 'status'], wholeCluster: true },
  kube_persistentvolumeclaim_resource_requests_storage_bytes: { type: 'gauge', labels: claim },
  kube_persistentvolumeclaim_status_phase: { type: 'gauge', labels: [...claim, 'phase'] },
  kube_pod_container_resource_limits: { type: 'gauge', labels: [...container, 'resource', 'unit', 'node'] },
  kube_pod_container_resource_requests: { type: 'gauge', labels: [...container, 'resource', 'unit', 'node'] },
  kube_pod_container_status_last_terminated_reason: { type: 'gauge', labels: [...container, 'reason'] },
  kube_pod_container_status_restarts_total: { type: 'counter', labels: container },
  kube_pod_container_status_waiting_reason: { type: 'gauge', labels: [...container, 'reason'] },
  kube_pod_info: { type: 'gauge', labels: [...pod, 'node', 'created_by_kind', 'created_by_name'] },
  kube_pod_spec_volumes_persistentvolumeclaims_info: { type: 'gauge', labels: [...claim, 'pod', 'uid', 'volume'] },
  kube_pod_status_phase: { type: 'gauge', labels: [...pod, 'phase'] },
  kube_pod_status_ready: { type: 'gauge', labels: [...pod, 'condition'] },
  kube_poddisruptionbudget_status_current_healthy: { type: 'gauge', labels: disruptionBudget },
  kube_poddisruptionbudget_status_desired_healthy: { type: 'gauge', labels: disruptionBudget },
  kube_resourcequota: { type: 'gauge', labels: ['namespace', 'resourcequota', 'resource', 'type'] },
  kube_statefulset_replicas: { type: 'gauge', labels: statefulset },
  kube_statefulset_status_replicas_ready: { type: 'gauge', labels: statefulset },
} as const satisfies ForeignMetrics;
