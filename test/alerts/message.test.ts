import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { messageText, messageTitle } from '../../infra/stack/alertmanager/message.ts';
import { run } from '../processes.ts';

/** An alert of a message, as templates see it: https://prometheus.io/docs/alerting/latest/notifications/#alert */
interface MessageAlert {
  readonly status: 'firing' | 'resolved';
  readonly annotations: Readonly<Record<string, string>>;
}

/** A copy of the API that is down, or was. */
const down = (status: MessageAlert['status'], instance: string): MessageAlert => ({
  status,
  annotations: {
    summary: 'A copy of api does not answer Prometheus.',
    description: `The copy of api at ${instance} has not answered Prometheus for 5 minutes.`,
    runbook_url: 'https://git.example.com/docs/runbook/TargetDown.md',
    dashboard_url: 'https://grafana.example.com/d/ballast-monitoring',
  },
});

/** What Alertmanager's own templates make of a message about a group of alerts. */
async function rendered(template: string, alerts: readonly MessageAlert[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-message-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const status = alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved';
  const commonLabels = { alertname: 'TargetDown', severity: 'warning' };
  writeFileSync(join(folder, 'message.tmpl'), `{{ define "message" }}${template}{{ end }}`);
  writeFileSync(join(folder, 'data.json'), JSON.stringify({ status, alerts, commonLabels }));
  const { code, stdout, stderr } = await run(inject('amtool'), [
    'template',
    'render',
    `--template.glob=${join(folder, 'message.tmpl')}`,
    `--template.data=${join(folder, 'data.json')}`,
    '--template.text={{ template "message" . }}',
  ]);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

describe('a message in a chat', () => {
  test('tells of each alert what is wrong, the page that helps and where to look, and marks those that are over', async () => {
    const text = await rendered(messageText, [down('firing', '10.0.0.1:8000'), down('resolved', '10.0.0.2:8000')]);
    const links = [
      'Runbook: https://git.example.com/docs/runbook/TargetDown.md',
      'Dashboard: https://grafana.example.com/d/ballast-monitoring',
    ];
    expect(text.trim().split('\n')).toEqual([
      'A copy of api does not answer Prometheus.',
      'The copy of api at 10.0.0.1:8000 has not answered Prometheus for 5 minutes.',
      ...links,
      '',
      'Resolved: A copy of api does not answer Prometheus.',
      'The copy of api at 10.0.0.2:8000 has not answered Prometheus for 5 minutes.',
      ...links,
    ]);
  });

  test("has no link that an alert has not, as one that is not the stack's may", async () => {
    const annotations = { summary: 'A pod crashes.', description: 'It crashes again and again.' };
    const text = await rendered(messageText, [{ status: 'firing', annotations }]);
    expect(text.trim().split('\n')).toEqual(['A pod crashes.', 'It crashes again and again.']);
  });

  test('counts in its title those that fire, or says that all are over', async () => {
    const title = (...alerts: MessageAlert[]) => rendered(messageTitle, alerts);
    const [first, second] = [down('firing', 'a'), down('resolved', 'b')];
    expect((await title(first, second)).trim()).toBe('[FIRING: 1] warning TargetDown');
    expect((await title(second)).trim()).toBe('[RESOLVED] warning TargetDown');
  });
});
