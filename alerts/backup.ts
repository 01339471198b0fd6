import type { AlertDraft, RuleGroup, Series } from './rule.ts';
import type { ScheduledTarget } from './target.ts';

/** Hours since the last good run after which a backup is too old: a little over one period of its schedule. */
export type BackupHours = Readonly<Record<ScheduledTarget, number>>;

/** For the schedules that the stack has by default: snapshots every day, the ledger every hour, the restore drill every week. */
export const defaultBackupHours: BackupHours = { 'qdrant-snapshot': 26, 'redis-backup': 3, 'restore-drill': 176 };

/**
 * Alerts on backups and on the drill that proves them. They read what kube-state-metrics says of the CronJobs and their jobs:
 * https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload
 */
export function backupGroups(series: Series, hours: BackupHours): RuleGroup<AlertDraft>[] {
  return [
    group('qdrant-snapshot', [
      {
        alert: 'QdrantSnapshotFailed',
        severity: 'warning',
        ...lastRunFailed(series, 'qdrant-snapshot'),
        summary: 'The last snapshot of the vector store failed.',
      },
      {
        alert: 'QdrantSnapshotTooOld',
        severity: 'critical',
        ...lastSuccessTooOld(series, 'qdrant-snapshot', hours),
        summary: 'The newest good snapshot of the vector store is too old.',
      },
    ]),
    group('redis-backup', [
      {
        alert: 'RedisBackupFailed',
        severity: 'warning',
        ...lastRunFailed(series, 'redis-backup'),
        summary: 'The last backup of the budget ledger failed.',
      },
      {
        alert: 'RedisBackupTooOld',
        severity: 'warning',
        ...lastSuccessTooOld(series, 'redis-backup', hours),
        summary: 'The newest good backup of the budget ledger is too old.',
      },
    ]),
    group('restore-drill', [
      {
        alert: 'RestoreDrillFailed',
        severity: 'warning',
        ...lastRunFailed(series, 'restore-drill'),
        summary: 'The last restore drill failed: the snapshots may be worthless.',
      },
      {
        alert: 'RestoreDrillOverdue',
        severity: 'warning',
        ...lastSuccessTooOld(series, 'restore-drill', hours),
        summary: 'No restore drill has succeeded for too long.',
      },
    ]),
  ];
}

function group(target: ScheduledTarget, rules: readonly AlertDraft[]): RuleGroup<AlertDraft> {
  return { name: `backup-${target}`, target, rules };
}

/**
 * The newest failed run began after the last success. A failed job stays in the cluster until it is cleaned up, so that its
 * presence alone would keep the alert up after the next good run.
 */
function lastRunFailed(series: Series, cronjob: ScheduledTarget): Pick<AlertDraft, 'expr' | 'for' | 'description'> {
  const failedRuns = [
    series('kube_job_status_start_time'),
    `(${series('kube_job_failed', { condition: 'true' })} == 1)`,
    series('kube_job_owner', { owner_kind: 'CronJob', owner_name: cronjob }),
  ].join(' and on (namespace, job_name) ');
  const lastSuccess = `max(${series('kube_cronjob_status_last_successful_time', { cronjob })})`;
  return {
    expr: `max(${failedRuns}) > (${lastSuccess} or vector(0))`,
    for: '1m',
    description:
      `The job of ${cronjob} that began at {{ $value | humanizeTimestamp }} failed ` +
      'in all its tries, and none has succeeded since.',
  };
}

/** A schedule that has never succeeded counts from its creation. */
function lastSuccessTooOld(
  series: Series,
  cronjob: ScheduledTarget,
  hours: BackupHours,
): Pick<AlertDraft, 'expr' | 'for' | 'description'> {
  const success = `max(${series('kube_cronjob_status_last_successful_time', { cronjob })})`;
  const creation = `max(${series('kube_cronjob_created', { cronjob })})`;
  return {
    expr: `time() - (${success} or ${creation}) > ${hours[cronjob] * 3600}`,
    for: '15m',
    description:
      `The last good run of ${cronjob} ended {{ $value | humanizeDuration }} ago; ` +
      `${hours[cronjob]} hours are allowed.`,
  };
}
