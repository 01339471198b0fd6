import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';
import { scheduledTargets } from '../target.ts';

/** Alerts on what the stack runs into: its autoscaler's maximum, its quota, too few copies for a disruption, failed jobs. */
export function limitGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [
    atMaximum(promql),
    budgetViolated(promql),
    jobFailed(promql),
    quotaNearlyFull(promql),
    volumeNotBound(promql),
  ];
  return [{ name: 'kubernetes-limits', target: 'kubernetes', rules }];
}

/** One whose copies may not vary is always at its maximum. */
function atMaximum({ select }: Promql): AlertDraft {
  const by = 'max by (horizontalpodautoscaler)';
  const [current, max, min] = [
    `${by} (${select('kube_horizontalpodautoscaler_status_current_replicas')})`,
    `${by} (${select('kube_horizontalpodautoscaler_spec_max_replicas')})`,
    `${by} (${select('kube_horizontalpodautoscaler_spec_min_replicas')})`,
  ];
  const name = 'horizontalpodautoscaler="api"';
  const copies = (count: number, fewest: number) => ({
    [`kube_horizontalpodautoscaler_status_current_replicas{${name}}`]: `${count}x20`,
    [`kube_horizontalpodautoscaler_spec_max_replicas{${name}}`]: '10x20',
    [`kube_horizontalpodautoscaler_spec_min_replicas{${name}}`]: `${fewest}x20`,
  });
  const description = (of: string, count: string) =>
    `${of} has had ${count} copies, the most that its autoscaler may make, for 15 minutes.`;
  return {
    alert: 'AutoscalerAtMaximum',
    severity: 'warning',
    expr: `${current} >= ${max} and ${max} > ${min}`,
    for: '15m',
    summary: 'An autoscaler can add no more copies.',
    description: description('{{ $labels.horizontalpodautoscaler }}', '{{ $value }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: copies(10, 3),
          holdsFrom: '0m',
          alerts: [{ labels: { horizontalpodautoscaler: 'api' }, description: description('api', '10') }],
        },
      ],
      quiet: [
        { because: 'it can add one', series: copies(9, 3), at: '18m' },
        { because: 'copies may not vary', series: copies(10, 10), at: '18m' },
      ],
    },
  };
}

function budgetViolated({ select }: Promql): AlertDraft {
  const by = 'max by (poddisruptionbudget)';
  const healthy = `${by} (${select('kube_poddisruptionbudget_status_current_healthy')})`;
  const desired = `${by} (${select('kube_poddisruptionbudget_status_desired_healthy')})`;
  const name = 'poddisruptionbudget="qdrant"';
  const pods = (count: number) => ({
    [`kube_poddisruptionbudget_status_current_healthy{${name}}`]: `${count}x20`,
    [`kube_poddisruptionbudget_status_desired_healthy{${name}}`]: '2x20',
  });
  const description = (of: string, count: string) =>
    `${of} has had ${count} healthy pods, fewer than its disruption budget asks for, for 15 minutes.`;
  return {
    alert: 'DisruptionBudgetViolated',
    severity: 'warning',
    expr: `${healthy} < ${desired}`,
    for: '15m',
    summary: 'So few pods are healthy that no node can be drained.',
    description: description('{{ $labels.poddisruptionbudget }}', '{{ $value }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: pods(1),
          holdsFrom: '0m',
          alerts: [{ labels: { poddisruptionbudget: 'qdrant' }, description: description('qdrant', '1') }],
        },
      ],
      quiet: [{ because: 'there are enough', series: pods(2), at: '18m' }],
    },
  };
}

/** Backups and the restore drill have alerts of their own, which know of later runs. */
function jobFailed({ select }: Promql): AlertDraft {
  const every = '15s';
  const failed = select('kube_job_failed', { condition: 'true' });
  const known = select('kube_job_owner', { owner_name: scheduledTargets });
  const series = (values: string, owner: string, condition = 'true') => ({
    [`kube_job_failed{job_name="restore-1", condition="${condition}"}`]: values,
    [`kube_job_owner{job_name="restore-1", owner_kind="CronJob", owner_name="${owner}"}`]: '1x20',
  });
  const description = (job: string) => `The job ${job} has failed in all its tries.`;
  return {
    alert: 'JobFailed',
    severity: 'warning',
    expr: `max by (job_name) (${failed}) == 1 unless on (job_name) ${known}`,
    for: '1m',
    summary: 'A job has failed.',
    description: description('{{ $labels.job_name }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          every,
          series: series('0 1x20', 'redis-restore'),
          holdsFrom: '15s',
          alerts: [{ labels: { job_name: 'restore-1' }, description: description('restore-1') }],
        },
      ],
      quiet: [
        { because: 'it has not failed', every, series: series('0x20', 'redis-restore'), at: '3m' },
        { because: 'it may still succeed', every, series: series('1x20', 'redis-restore', 'false'), at: '3m' },
        { because: 'it is a backup', every, series: series('1x20', 'redis-backup'), at: '3m' },
      ],
    },
  };
}

function quotaNearlyFull({ select }: Promql): AlertDraft {
  const by = 'max by (resourcequota, resource)';
  const used = `${by} (${select('kube_resourcequota', { type: 'used' })})`;
  const hard = `${by} (${select('kube_resourcequota', { type: 'hard' })})`;
  const of = 'resourcequota="stack", resource="requests.memory"';
  const quota = (bytes: number) => ({
    [`kube_resourcequota{${of}, type="used"}`]: `${bytes}x20`,
    [`kube_resourcequota{${of}, type="hard"}`]: '1000x20',
  });
  const description = (share: string, resource: string) => `${share} of the quota of ${resource} is in use.`;
  return {
    alert: 'QuotaNearlyFull',
    severity: 'warning',
    expr: `${used} / ${hard} > 0.9`,
    for: '15m',
    summary: 'The quota of the namespace is nearly used up.',
    description: description('{{ $value | humanizePercentage }}', '{{ $labels.resource }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: quota(950),
          holdsFrom: '0m',
          alerts: [
            {
              labels: { resourcequota: 'stack', resource: 'requests.memory' },
              description: description('95%', 'requests.memory'),
            },
          ],
        },
      ],
      quiet: [{ because: '90 % may be in use', series: quota(900), at: '18m' }],
    },
  };
}

/** A claim that no pod uses yet may wait for one. */
function volumeNotBound({ select }: Promql): AlertDraft {
  const phase = select('kube_persistentvolumeclaim_status_phase', { phase: ['Pending', 'Lost'] });
  const inUse = select('kube_pod_spec_volumes_persistentvolumeclaims_info');
  const claim = 'persistentvolumeclaim="data-redis-0"';
  const series = (of: string, values = '1x20') => ({
    [`kube_persistentvolumeclaim_status_phase{${claim}, phase="${of}"}`]: values,
  });
  const used = { [`kube_pod_spec_volumes_persistentvolumeclaims_info{${claim}, pod="redis-0"}`]: '1x20' };
  const description = (name: string) => `The claim ${name}, which a pod needs, has had no volume for 15 minutes.`;
  const fires = (of: string) =>
    ({
      series: { ...series(of), ...used },
      holdsFrom: '0m',
      alerts: [{ labels: { persistentvolumeclaim: 'data-redis-0' }, description: description('data-redis-0') }],
    }) as const;
  return {
    alert: 'VolumeNotBound',
    severity: 'warning',
    expr: `max by (persistentvolumeclaim) (${phase}) == 1 and on (persistentvolumeclaim) ${inUse}`,
    for: '15m',
    summary: 'A pod waits for its volume.',
    description: description('{{ $labels.persistentvolumeclaim }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [fires('Pending'), fires('Lost')],
      quiet: [
        { because: 'it has one', series: { ...series('Bound'), ...series('Pending', '0x20'), ...used }, at: '18m' },
        { because: 'no pod uses it yet', series: series('Pending'), at: '18m' },
      ],
    },
  };
}
