import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { receivers } from '../../test/stack/receivers.ts';
import { alertmanagerLink, alertmanagerSettings, describeAlertmanager } from './alertmanager.ts';
import type { AlertmanagerConfiguration } from './alertmanager/configuration.ts';

function alertmanager(settings: object = {}, form: 'bundled' | 'operator' = 'bundled') {
  const args = { ...alertmanagerSettings.parse(settings), images: {}, rotation: 2, form };
  const { workloads, secrets } = describeAlertmanager(args);
  const [workload] = workloads;
  const files = workload?.volumes?.flatMap((volume) => (volume.kind === 'files' ? [volume.files] : []))[0] ?? {};
  return { workload, secrets, configuration: parse(files['alertmanager.yml'] ?? '{}') as AlertmanagerConfiguration };
}

describe('the routes of alerts', () => {
  test('tell nobody when there is no receiver, and still end somewhere', () => {
    const { configuration, secrets, workload } = alertmanager();
    expect(configuration.route).toMatchObject({ receiver: 'nobody', routes: [{ receiver: 'nobody' }] });
    expect(configuration.receivers).toEqual([{ name: 'nobody' }]);
    expect(secrets).toEqual([]);
    expect(workload?.connections).toEqual([]);
  });

  test('go by severity: a page is repeated after 4 hours, a ticket after a day', () => {
    expect(alertmanager({ receivers }).configuration.route.routes.slice(1)).toEqual([
      { receiver: 'critical', matchers: ['severity="critical"'], repeat_interval: '4h' },
      { receiver: 'warning', matchers: ['severity="warning"'], repeat_interval: '24h' },
    ]);
  });

  test('leave a severity without receiver to nobody', () => {
    const { route } = alertmanager({ receivers: { critical: receivers.critical } }).configuration;
    expect(route.receiver).toBe('nobody');
    expect(route.routes.map(({ receiver }) => receiver)).toEqual(['nobody', 'critical']);
  });

  test("send the alert that always fires to the dead man's switch each minute, before its severity is looked at", () => {
    const { route, receivers: all } = alertmanager({ receivers }).configuration;
    expect(route.routes[0]).toEqual({
      receiver: 'watchdog',
      matchers: ['alertname="Watchdog"'],
      group_wait: '0s',
      group_interval: '1m',
      repeat_interval: '50s',
    });
    expect(all[1]).toEqual({
      name: 'watchdog',
      webhook_configs: [{ url_file: '/etc/alertmanager-receivers/heartbeatUrl', send_resolved: false }],
    });
  });

  test('send the alert that always fires to nobody where nothing watches for it', () => {
    const { watchdog: _, ...others } = receivers;
    const { route, receivers: all } = alertmanager({ receivers: others }).configuration;
    expect(route.routes[0]).toMatchObject({ receiver: 'nobody', matchers: ['alertname="Watchdog"'] });
    expect(all.map(({ name }) => name)).toEqual(['nobody', 'critical', 'warning']);
  });

  test('are silent about single copies while all are down', () => {
    expect(alertmanager().configuration.inhibit_rules).toContainEqual({
      source_matchers: ['alertname="AllTargetsDown"'],
      target_matchers: ['alertname="TargetDown"'],
      equal: ['namespace', 'job'],
    });
  });
});

describe('receivers', () => {
  test('read what is secret from files', () => {
    const [, , critical, warning] = alertmanager({ receivers }).configuration.receivers;
    expect(critical).toEqual({
      name: 'critical',
      pagerduty_configs: [{ routing_key_file: '/etc/alertmanager-receivers/pagerdutyKey' }],
      webhook_configs: [{ url_file: '/etc/alertmanager-receivers/hookUrl' }],
    });
    expect(warning?.slack_configs?.[0]).toMatchObject({ api_url_file: '/etc/alertmanager-receivers/slackUrl' });
    expect(warning?.slack_configs?.[0]?.text).toContain('.Annotations.runbook_url');
    expect(warning?.email_configs?.[0]).toMatchObject({
      auth_password_file: '/etc/alertmanager-receivers/smtpPassword',
      require_tls: true,
    });
  });

  test('get their credentials, each once, under one counter of rotations', () => {
    const twice = { critical: receivers.critical, warning: [{ type: 'pagerduty', credential: 'pagerdutyKey' }] };
    expect(alertmanager({ receivers: twice }).secrets).toEqual([
      {
        name: 'alertmanager-receivers',
        rotation: 2,
        keys: {
          pagerdutyKey: { from: 'credential', credential: 'pagerdutyKey' },
          hookUrl: { from: 'credential', credential: 'hookUrl' },
        },
      },
    ]);
  });

  test('are all that Alertmanager reaches', () => {
    expect(alertmanager({ receivers }).workload?.connections).toEqual([
      { to: 'internet' },
      { to: 'namespace', namespace: 'oncall', ports: [8080] },
      { to: 'addresses', cidrs: ['192.0.2.0/24'], ports: [587] },
    ]);
  });

  test('of mail need their addresses where the name does not tell', () => {
    const mail = { type: 'email', to: 'a@example.com', from: 'b@example.com', smarthost: 'smtp.example.com:587' };
    expect(() => alertmanager({ receivers: { warning: [mail] } })).toThrow(/egress/);
  });

  test("of the dead man's switch are webhooks, whose place is known", () => {
    expect(() => alertmanager({ receivers: { watchdog: [receivers.critical[0]] } })).toThrow();
    const hook = { type: 'webhook', credential: 'heartbeatUrl', origin: 'http://heartbeat.example.com:8080' };
    expect(() => alertmanager({ receivers: { watchdog: [hook] } })).toThrow(/egress/);
  });

  test('without a login have none in the configuration', () => {
    const mail = { type: 'email', to: 'a@example.com', from: 'b@example.com', smarthost: 'mail.ops.svc:25' };
    const { configuration, secrets } = alertmanager({ receivers: { warning: [mail] } });
    expect(Object.keys(configuration.receivers[1]?.email_configs?.[0] ?? {})).not.toContain('auth_password_file');
    expect(secrets).toEqual([]);
  });

  test('of an operator are the secret alone', () => {
    const { workload, secrets } = alertmanager({ receivers }, 'operator');
    expect(workload).toBeUndefined();
    expect(secrets?.map(({ name }) => name)).toEqual(['alertmanager-receivers']);
    expect(Object.keys(secrets?.[0]?.keys ?? {})).toEqual([
      'pagerdutyKey',
      'hookUrl',
      'slackUrl',
      'smtpPassword',
      'heartbeatUrl',
    ]);
  });
});

describe('the workload of Alertmanager', () => {
  test('clusters two copies through their peers, by TCP and UDP', () => {
    const { workload } = alertmanager({ replicas: 2 });
    expect(workload?.containers[0].args).toEqual(
      expect.arrayContaining([
        '--cluster.listen-address=0.0.0.0:9094',
        '--cluster.peer=alertmanager-0.alertmanager-peers:9094',
        '--cluster.peer=alertmanager-1.alertmanager-peers:9094',
      ]),
    );
    expect(workload?.containers[0].ports?.filter(({ peersOnly }) => peersOnly === true)).toEqual([
      { name: 'peer', number: 9094, peersOnly: true },
      { name: 'peer-udp', number: 9094, protocol: 'UDP', peersOnly: true },
    ]);
    expect(workload?.connections).toEqual([
      { to: 'workload', workload: 'alertmanager', port: 'peer' },
      { to: 'workload', workload: 'alertmanager', port: 'peer-udp' },
    ]);
    expect(workload?.traits?.minAvailable).toBe(1);
  });

  test('neither listens for peers nor blocks a drained node with one copy', () => {
    const { workload } = alertmanager();
    expect(workload?.containers[0].args).toContain('--cluster.listen-address=');
    expect(workload?.containers[0].ports?.map(({ name }) => name)).toEqual(['http']);
    expect(workload?.traits).toBeUndefined();
  });

  test('mounts every volume, and has every volume that it mounts', () => {
    for (const settings of [{}, { receivers }]) {
      const { workload } = alertmanager(settings);
      const names = workload?.volumes?.map(({ name }) => name).sort();
      expect(Object.keys(workload?.containers[0].mounts ?? {}).sort()).toEqual(names);
    }
  });
});

describe('the link to Alertmanager', () => {
  const link = (settings: object) => alertmanagerLink(alertmanagerSettings.parse(settings));

  test('is none when it is off', () => {
    expect(link({ use: 'off' })).toBeUndefined();
  });

  test('needs the URL of an external one', () => {
    expect(() => link({ use: 'external' })).toThrow('needed with use: external');
  });
});
