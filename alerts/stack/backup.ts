import type { Duration } from '../promql/duration.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';
import type { Scenarios } from '../scenario.ts';
import type { ScheduledTarget } from '../target.ts';

/** Hours since the last good run after which a backup is too old: a little over one period of its schedule. */
export type BackupHours = Readonly<Record<ScheduledTarget, number>>;

/** For the schedules that the stack has by default: snapshots every day, the ledger every hour, the restore drill every week. */
export const defaultBackupHours: BackupHours = { 'qdrant-snapshot': 26, 'redis-backup': 3, 'restore-drill': 176 };

/**
 * Alerts on backups and on the drill that proves them. They read what kube-state-metrics says of the CronJobs and their jobs:
 * https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload
 */
export function backupGroups(promql: Promql, hours: BackupHours): RuleGroup<AlertDraft>[] {
  return [
    group('qdrant-snapshot', [
      {
        alert: 'QdrantSnapshotFailed',
        severity: 'warning',
        ...lastRunFailed(promql, 'qdrant-snapshot'),
        summary: 'The last snapshot of the vector store failed.',
      },
      {
        alert: 'QdrantSnapshotTooOld',
        severity: 'critical',
        ...lastSuccessTooOld(promql, 'qdrant-snapshot', hours),
        summary: 'The newest good snapshot of the vector store is too old.',
      },
    ]),
    group('redis-backup', [
      {
        alert: 'RedisBackupFailed',
        severity: 'warning',
        ...lastRunFailed(promql, 'redis-backup'),
        summary: 'The last backup of the budget ledger failed.',
      },
      {
        alert: 'RedisBackupTooOld',
        severity: 'warning',
        ...lastSuccessTooOld(promql, 'redis-backup', hours),
        summary: 'The newest good backup of the budget ledger is too old.',
      },
    ]),
    group('restore-drill', [
      {
        alert: 'RestoreDrillFailed',
        severity: 'warning',
        ...lastRunFailed(promql, 'restore-drill'),
        summary: 'The last restore drill failed: the snapshots may be worthless.',
      },
      {
        alert: 'RestoreDrillOverdue',
        severity: 'warning',
        ...lastSuccessTooOld(promql, 'restore-drill', hours),
        summary: 'No restore drill has succeeded for too long.',
      },
    ]),
  ];
}

function group(target: ScheduledTarget, rules: readonly AlertDraft[]): RuleGroup<AlertDraft> {
  return { name: `backup-${target}`, target, rules };
}

/** What the author of an alert need not repeat for each schedule. */
type Common = Pick<AlertDraft, 'expr' | 'for' | 'description' | 'dashboard' | 'scenarios'>;

/**
 * The newest failed run began after the last success. A failed job stays in the cluster until it is cleaned up, so that its
 * presence alone would keep the alert up after the next good run.
 */
function lastRunFailed({ select }: Promql, cronjob: ScheduledTarget): Common {
  const failedRuns = [
    select('kube_job_status_start_time'),
    `(${select('kube_job_failed', { condition: 'true' })} == 1)`,
    select('kube_job_owner', { owner_kind: 'CronJob', owner_name: cronjob }),
  ].join(' and on (namespace, job_name) ');
  const lastSuccess = `max(${select('kube_cronjob_status_last_successful_time', { cronjob })})`;
  return {
    expr: `max(${failedRuns}) > (${lastSuccess} or vector(0))`,
    for: '1m',
    description:
      `The job of ${cronjob} that began at {{ $value | humanizeTimestamp }} failed ` +
      'in all its tries, and none has succeeded since.',
    dashboard: 'kubernetes',
    scenarios: failedScenarios(cronjob),
  };
}

/** A schedule that has never succeeded counts from its creation. */
function lastSuccessTooOld({ select }: Promql, cronjob: ScheduledTarget, hours: BackupHours): Common {
  const success = `max(${select('kube_cronjob_status_last_successful_time', { cronjob })})`;
  const creation = `max(${select('kube_cronjob_created', { cronjob })})`;
  return {
    expr: `time() - (${success} or ${creation}) > ${hours[cronjob] * 3600}`,
    for: '15m',
    description:
      `The last good run of ${cronjob} ended {{ $value | humanizeDuration }} ago; ` +
      `${hours[cronjob]} hours are allowed.`,
    dashboard: 'kubernetes',
    scenarios: tooOldScenarios(cronjob, hours[cronjob]),
  };
}

/** A run that began after 10 minutes and failed a moment later; samples each 15 seconds, since a minute has to pass. */
function failedScenarios(cronjob: ScheduledTarget): Scenarios {
  const every = '15s';
  const run = (of: string, failed = '_x41 1x100') => {
    const job = `namespace="ballast", job_name="${of}-1"`;
    return {
      [`kube_job_status_start_time{${job}}`]: '600x150',
      [`kube_job_failed{${job}, condition="true"}`]: failed,
      [`kube_job_owner{${job}, owner_kind="CronJob", owner_name="${of}"}`]: '1x150',
    };
  };
  const success = (second: number) => ({
    [`kube_cronjob_status_last_successful_time{namespace="ballast", cronjob="${cronjob}"}`]: `${second}x150`,
  });
  const alerts = [
    {
      description:
        `The job of ${cronjob} that began at 1970-01-01 00:10:00 +0000 UTC failed ` +
        'in all its tries, and none has succeeded since.',
    },
  ] as const;
  const at = '30m';
  return {
    fires: [
      { every, series: { ...run(cronjob), ...success(300) }, holdsFrom: '615s', alerts },
      // None has ever succeeded.
      { every, series: run(cronjob), holdsFrom: '615s', alerts },
    ],
    quiet: [
      { because: 'a later run has succeeded', every, series: { ...run(cronjob), ...success(1200) }, at },
      { because: 'the run may still succeed', every, series: { ...run(cronjob, '_x150'), ...success(300) }, at },
      { because: 'the run has not failed', every, series: { ...run(cronjob, '0x150'), ...success(300) }, at },
      { because: 'the job of another schedule failed', every, series: { ...run('report'), ...success(300) }, at },
    ],
  };
}

/** The last good run ended an hour after the start, or there was none since the start. */
function tooOldScenarios(cronjob: ScheduledTarget, hours: number): Scenarios {
  const every = '5m';
  const length = (hours + 3) * 12;
  const creation = { [`kube_cronjob_created{namespace="ballast", cronjob="${cronjob}"}`]: `0x${length}` };
  const success = {
    [`kube_cronjob_status_last_successful_time{namespace="ballast", cronjob="${cronjob}"}`]: `3600x${length}`,
  };
  const alerts = [
    { description: `The last good run of ${cronjob} ended ${age(hours)} ago; ${hours} hours are allowed.` },
  ] as const;
  const minutes = (count: number): Duration => `${count}m`;
  return {
    fires: [
      { every, series: { ...creation, ...success }, holdsFrom: minutes((hours + 1) * 60 + 5), alerts },
      { every, series: creation, holdsFrom: minutes(hours * 60 + 5), alerts },
    ],
    quiet: [
      {
        because: `the last one is ${hours} hours old`,
        every,
        series: { ...creation, ...success },
        at: minutes((hours + 1) * 60 + 15),
      },
    ],
  };
}

/** The hours and 20 minutes, as Prometheus writes a duration. */
function age(hours: number): string {
  const days = Math.floor(hours / 24);
  return `${days > 0 ? `${days}d ` : ''}${hours % 24}h 20m 0s`;
}
