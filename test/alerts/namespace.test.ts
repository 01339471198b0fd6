import { describe, expect, test } from 'vitest';
import { ruleGroups } from '../../alerts/index.ts';
import { expectAlerts } from './rule-test.ts';

describe('where Prometheus watches several namespaces', () => {
  const groups = ruleGroups(new Set(['qdrant']), { namespace: 'ballast' });
  const labels = { severity: 'critical', job: 'qdrant', namespace: 'ballast' };
  const description = 'For 5 minutes no copy of qdrant has answered Prometheus, or there is none.';
  const exp_annotations = {
    summary: 'No copy of qdrant answers Prometheus.',
    description,
    runbook_url: 'docs/runbook/AllTargetsDown.md',
    dashboard_url: 'd/ballast-monitoring',
  };

  test('an alert does not tell of another one', async () => {
    const samples = { 'up{job="qdrant", instance="a", namespace="other"}': '0x20' };
    await expectAlerts(groups, { alert: 'TargetDown', at: '10m', samples, firing: [] });
  });

  test('an alert is not quieted by another one, and says which it is of', async () => {
    const samples = { 'up{job="qdrant", instance="a", namespace="other"}': '1x20' };
    const firing = [{ exp_labels: labels, exp_annotations }];
    await expectAlerts(groups, { alert: 'AllTargetsDown', at: '6m', samples, firing });
  });
});

test('the hours of a backup are the ones that are set', async () => {
  const backupHours = { 'qdrant-snapshot': 2, 'redis-backup': 2, 'restore-drill': 2 };
  const groups = ruleGroups(new Set(['redis-backup']), { backupHours });
  expect(groups).toHaveLength(1);
  const samples = { 'kube_cronjob_created{cronjob="redis-backup"}': '0x300' };
  const firing = {
    exp_labels: { severity: 'warning' },
    exp_annotations: {
      summary: 'The newest good backup of the budget ledger is too old.',
      description: 'The last good run of redis-backup ended 2h 20m 0s ago; 2 hours are allowed.',
      runbook_url: 'docs/runbook/RedisBackupTooOld.md',
      dashboard_url: 'd/ballast-kubernetes',
    },
  };
  await expectAlerts(groups, { alert: 'RedisBackupTooOld', at: '2h20m', samples, firing: [firing] });
});
