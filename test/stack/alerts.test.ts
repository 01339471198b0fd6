import { describe, expect, test } from 'vitest';
import { ruleGroups } from '../../alerts/index.ts';
import { scheduledTargets, type ScheduledTarget, type Target } from '../../alerts/target.ts';
import { expectAlerts, type Samples } from './rule-test.ts';

const rules = (...targets: Target[]) => ruleGroups(new Set(targets));

/** The whole alert as it is sent. */
function firing(alert: string, severity: string, labels: Record<string, string>, summary: string, description: string) {
  return {
    exp_labels: { severity, ...labels },
    exp_annotations: { summary, description, runbook_url: `docs/runbook/${alert}.md` },
  };
}

describe('TargetDown', () => {
  const alert = 'TargetDown';
  const one = (values: string): Samples => ({ 'up{job="qdrant", instance="10.0.0.1:6333"}': values });
  const fires = firing(
    alert,
    'warning',
    { job: 'qdrant', instance: '10.0.0.1:6333' },
    'A copy of qdrant does not answer Prometheus.',
    'The copy of qdrant at 10.0.0.1:6333 has not answered Prometheus for 5 minutes.',
  );

  test('tells which copy has been down for 5 minutes', async () => {
    const samples = { ...one('1 1 0x20'), 'up{job="qdrant", instance="10.0.0.2:6333"}': '1x20' };
    await expectAlerts(rules('qdrant'), { alert, at: '7m', samples, firing: [fires] });
  });

  test('is silent before 5 minutes', async () => {
    await expectAlerts(rules('qdrant'), { alert, at: '6m', samples: one('1 1 0x20'), firing: [] });
  });

  test('is silent after one missed scrape', async () => {
    await expectAlerts(rules('qdrant'), { alert, at: '7m', samples: one('1 1 1 0 1x20'), firing: [] });
  });

  test('says nothing of a job that has no group', async () => {
    await expectAlerts(rules('redis'), { alert, at: '10m', samples: one('0x20'), firing: [] });
  });

  test('reads only the series of its namespace where Prometheus watches several', async () => {
    const groups = ruleGroups(new Set(['qdrant']), { namespace: 'ballast' });
    const samples = { 'up{job="qdrant", instance="a", namespace="other"}': '0x20' };
    await expectAlerts(groups, { alert, at: '10m', samples, firing: [] });
  });
});

describe('AllTargetsDown', () => {
  const alert = 'AllTargetsDown';
  const fires = (job: string, severity: string) =>
    firing(
      alert,
      severity,
      { job },
      `No copy of ${job} answers Prometheus.`,
      `For 5 minutes no copy of ${job} has answered Prometheus, or there is none.`,
    );

  test('pages when no copy of what serves questions answers', async () => {
    const samples = { 'up{job="qdrant", instance="a"}': '0x20', 'up{job="qdrant", instance="b"}': '0x20' };
    await expectAlerts(rules('qdrant'), { alert, at: '6m', samples, firing: [fires('qdrant', 'critical')] });
  });

  test('fires when there is no copy at all', async () => {
    const samples = { 'up{job="qdrant", instance="a"}': '1x20' };
    const firing = [fires('grafana', 'warning')];
    await expectAlerts(rules('qdrant', 'grafana'), { alert, at: '6m', samples, firing });
  });

  test('is silent as long as one copy answers', async () => {
    const samples = { 'up{job="qdrant", instance="a"}': '0x20', 'up{job="qdrant", instance="b"}': '1x20' };
    await expectAlerts(rules('qdrant'), { alert, at: '10m', samples, firing: [] });
  });

  test('is silent before 5 minutes', async () => {
    await expectAlerts(rules('qdrant'), { alert, at: '4m', samples: {}, firing: [] });
  });

  test('is not quieted by the same job in another namespace', async () => {
    const groups = ruleGroups(new Set(['qdrant']), { namespace: 'ballast' });
    const samples = { 'up{job="qdrant", instance="a", namespace="other"}': '1x20' };
    const { exp_labels, exp_annotations } = fires('qdrant', 'critical');
    const firing = [{ exp_labels: { ...exp_labels, namespace: 'ballast' }, exp_annotations }];
    await expectAlerts(groups, { alert, at: '6m', samples, firing });
  });
});

const failed: Record<ScheduledTarget, { alert: string; summary: string }> = {
  'qdrant-snapshot': { alert: 'QdrantSnapshotFailed', summary: 'The last snapshot of the vector store failed.' },
  'redis-backup': { alert: 'RedisBackupFailed', summary: 'The last backup of the budget ledger failed.' },
  'restore-drill': {
    alert: 'RestoreDrillFailed',
    summary: 'The last restore drill failed: the snapshots may be worthless.',
  },
};

describe.each(scheduledTargets)('after a failed run of %s', (cronjob) => {
  const { alert, summary } = failed[cronjob];
  const owner = (name: string, of: string) =>
    `kube_job_owner{namespace="ballast", job_name="${name}", owner_kind="CronJob", owner_name="${of}"}`;
  /** A run that began after 10 minutes and failed, the last success being at this second. */
  const run = (of: string, lastSuccess?: number): Samples => ({
    [`kube_job_status_start_time{namespace="ballast", job_name="${of}-1"}`]: '600x60',
    [`kube_job_failed{namespace="ballast", job_name="${of}-1", condition="true"}`]: '_x10 1x50',
    [owner(`${of}-1`, of)]: '1x60',
    ...(lastSuccess !== undefined && {
      [`kube_cronjob_status_last_successful_time{namespace="ballast", cronjob="${of}"}`]: `${lastSuccess}x60`,
    }),
  });
  const fires = firing(
    alert,
    'warning',
    {},
    summary,
    `The job of ${cronjob} that began at 1970-01-01 00:10:00 +0000 UTC failed in all its tries, and none has succeeded since.`,
  );

  test('fires', async () => {
    await expectAlerts(rules(cronjob), { alert, at: '15m', samples: run(cronjob, 300), firing: [fires] });
  });

  test('fires when no run has ever succeeded', async () => {
    await expectAlerts(rules(cronjob), { alert, at: '15m', samples: run(cronjob), firing: [fires] });
  });

  test('is silent once a later run has succeeded', async () => {
    await expectAlerts(rules(cronjob), { alert, at: '30m', samples: run(cronjob, 1200), firing: [] });
  });

  test('is silent while the run may still succeed', async () => {
    const { [`kube_job_failed{namespace="ballast", job_name="${cronjob}-1", condition="true"}`]: _, ...samples } = run(
      cronjob,
      300,
    );
    await expectAlerts(rules(cronjob), { alert, at: '15m', samples, firing: [] });
  });

  test('is silent when the failed condition is false', async () => {
    const samples = {
      ...run(cronjob, 300),
      [`kube_job_failed{namespace="ballast", job_name="${cronjob}-1", condition="true"}`]: '0x60',
    };
    await expectAlerts(rules(cronjob), { alert, at: '15m', samples, firing: [] });
  });

  test('is silent when the job of another schedule failed', async () => {
    await expectAlerts(rules(cronjob), { alert, at: '15m', samples: run('report', 300), firing: [] });
  });

  test('is silent without data', async () => {
    await expectAlerts(rules(cronjob), { alert, at: '15m', samples: {}, firing: [] });
  });
});

interface TooOld {
  readonly alert: string;
  readonly severity: string;
  readonly summary: string;
  readonly hours: number;
  /** The hours and 20 minutes, in Prometheus's words. */
  readonly age: string;
}

const tooOld: Record<ScheduledTarget, TooOld> = {
  'qdrant-snapshot': {
    alert: 'QdrantSnapshotTooOld',
    severity: 'critical',
    summary: 'The newest good snapshot of the vector store is too old.',
    hours: 26,
    age: '1d 2h 20m 0s',
  },
  'redis-backup': {
    alert: 'RedisBackupTooOld',
    severity: 'warning',
    summary: 'The newest good backup of the budget ledger is too old.',
    hours: 3,
    age: '3h 20m 0s',
  },
  'restore-drill': {
    alert: 'RestoreDrillOverdue',
    severity: 'warning',
    summary: 'No restore drill has succeeded for too long.',
    hours: 176,
    age: '7d 8h 20m 0s',
  },
};

describe.each(scheduledTargets)('without a good run of %s', (cronjob) => {
  const { alert, severity, summary, hours, age } = tooOld[cronjob];
  const minutes = (hours + 3) * 60;
  const success = `kube_cronjob_status_last_successful_time{namespace="ballast", cronjob="${cronjob}"}`;
  const creation = `kube_cronjob_created{namespace="ballast", cronjob="${cronjob}"}`;
  const fires = firing(
    alert,
    severity,
    {},
    summary,
    `The last good run of ${cronjob} ended ${age} ago; ${hours} hours are allowed.`,
  );
  const since = (seconds: number) => `${seconds}x${minutes}`;

  test(`fires ${hours} hours after the last one`, async () => {
    const samples = { [creation]: since(0), [success]: since(3600) };
    await expectAlerts(rules(cronjob), { every: '5m', alert, at: `${hours + 1}h20m`, samples, firing: [fires] });
  });

  test('is silent until then', async () => {
    const samples = { [creation]: since(0), [success]: since(3600) };
    await expectAlerts(rules(cronjob), { every: '5m', alert, at: `${hours + 1}h`, samples, firing: [] });
  });

  test('is silent for a quarter of an hour more, in which a run may end', async () => {
    const samples = { [creation]: since(0), [success]: since(3600) };
    await expectAlerts(rules(cronjob), { every: '5m', alert, at: `${hours + 1}h10m`, samples, firing: [] });
  });

  test('counts from its creation when none has ever succeeded', async () => {
    await expectAlerts(rules(cronjob), {
      alert,
      at: `${hours}h20m`,
      samples: { [creation]: since(0) },
      firing: [fires],
    });
  });

  test('is silent without data', async () => {
    await expectAlerts(rules(cronjob), { every: '5m', alert, at: `${hours}h20m`, samples: {}, firing: [] });
  });
});

test('the hours of a backup are the ones that are set', async () => {
  const backupHours = { 'qdrant-snapshot': 2, 'redis-backup': 2, 'restore-drill': 2 };
  const groups = ruleGroups(new Set(['redis-backup']), { backupHours });
  expect(groups).toHaveLength(1);
  const samples = { 'kube_cronjob_created{cronjob="redis-backup"}': '0x300' };
  const fires = firing(
    'RedisBackupTooOld',
    'warning',
    {},
    'The newest good backup of the budget ledger is too old.',
    'The last good run of redis-backup ended 2h 20m 0s ago; 2 hours are allowed.',
  );
  await expectAlerts(groups, { alert: 'RedisBackupTooOld', at: '2h20m', samples, firing: [fires] });
});
