import type { ForeignMetrics } from './metric.ts';

const job = ['namespace', 'job_name'] as const;
const cronjob = ['namespace', 'cronjob'] as const;

/** https://github.com/kubernetes/kube-state-metrics/tree/v2.15.0/docs/metrics/workload */
export const kubeStateMetrics = {
  kube_cronjob_created: { type: 'gauge', labels: cronjob },
  kube_cronjob_status_last_successful_time: { type: 'gauge', labels: cronjob },
  kube_job_failed: { type: 'gauge', labels: [...job, 'condition'] },
  kube_job_owner: { type: 'gauge', labels: [...job, 'owner_kind', 'owner_name', 'owner_is_controller'] },
  kube_job_status_start_time: { type: 'gauge', labels: job },
} as const satisfies ForeignMetrics;
