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

  describe('a certificate', () => {
    const certificates = ruleGroups(new Set(['certificate']), { namespace: 'ballast' });
    const alert = 'CertificateNotReady';
    const notReady = (namespaces: string) => ({
      [`certmanager_certificate_ready_status{name="gateway-tls", condition="True", ${namespaces}}`]: '0x40',
    });

    test.each(['namespace="ballast"', 'namespace="cert-manager", exported_namespace="ballast"'])(
      'is the one of the stack with %s, however cert-manager is scraped',
      async (namespaces) => {
        const firing = {
          exp_labels: { severity: 'warning', name: 'gateway-tls', namespace: 'ballast' },
          exp_annotations: {
            summary: 'A certificate is not issued.',
            description: 'The certificate gateway-tls has not been ready for 30 minutes.',
            runbook_url: 'docs/runbook/CertificateNotReady.md',
            dashboard_url: 'd/ballast-kubernetes',
          },
        };
        await expectAlerts(certificates, { alert, at: '30m', samples: notReady(namespaces), firing: [firing] });
      },
    );

    test.each(['namespace="other"', 'namespace="cert-manager", exported_namespace="other"'])(
      'of another stack is none of its business: %s',
      async (namespaces) => {
        await expectAlerts(certificates, { alert, at: '35m', samples: notReady(namespaces), firing: [] });
      },
    );
  });

  test('a node counts if it runs pods of the stack', async () => {
    const nodes = ruleGroups(new Set(['nodes']), { namespace: 'ballast' });
    const samples = {
      'kube_node_status_condition{node="n1", condition="DiskPressure", status="true", namespace="monitoring"}': '1x20',
      'kube_pod_info{pod="other-1", node="n1", namespace="other"}': '1x20',
    };
    await expectAlerts(nodes, { alert: 'NodeUnderPressure', at: '10m', samples, firing: [] });
    const description = 'The node n1, which runs pods of the stack, reports DiskPressure.';
    const firing = {
      exp_labels: { severity: 'warning', node: 'n1', condition: 'DiskPressure', namespace: 'ballast' },
      exp_annotations: {
        summary: 'A node of the stack runs out of memory, disk or processes.',
        description,
        runbook_url: 'docs/runbook/NodeUnderPressure.md',
        dashboard_url: 'd/ballast-kubernetes',
      },
    };
    const own = { ...samples, 'kube_pod_info{pod="api-1", node="n1", namespace="ballast"}': '1x20' };
    await expectAlerts(nodes, { alert: 'NodeUnderPressure', at: '10m', samples: own, firing: [firing] });
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
