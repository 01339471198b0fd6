import { AlertmanagerConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/AlertmanagerConfig';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { describe, expect, test } from 'vitest';
import { ruleFile, ruleGroups } from '../../alerts/index.ts';
import { observedTargets, scheduledTargets, scrapedTargets } from '../../alerts/target.ts';
import { receivers } from '../../test/stack/receivers.ts';
import { collect } from '../render/collect.ts';
import type { Manifest } from '../render/manifest.ts';
import { receiversSettings, type Receivers } from '../stack/alertmanager/receivers.ts';
import { OperatorMonitoring } from './operator-monitoring.ts';
import { alertmanagerConfigSpec } from './operator-routes.ts';

const told = receiversSettings.parse(receivers);
const nobody = receiversSettings.parse({});
const all = new Set([...scrapedTargets, ...scheduledTargets, ...observedTargets]);

/** The objects that the component makes. */
async function objects(settings: Receivers): Promise<Manifest[]> {
  const program = () => {
    new OperatorMonitoring({
      namespace: 'ballast',
      stack: 'prod',
      ruleGroups: ruleGroups(all, { namespace: 'ballast' }),
      receivers: settings,
      labels: { release: 'kube-prometheus-stack' },
    });
  };
  const resources = await collect(program, { project: 'ballast', stack: 'prod' });
  return resources.filter(({ isComponent }) => !isComponent).map(({ inputs }) => inputs as unknown as Manifest);
}

describe('rules and routes for an operator', () => {
  test('are one PrometheusRule and one AlertmanagerConfig with the labels that it selects by', async () => {
    const made = await objects(told);
    expect(made.map(({ kind }) => kind).sort()).toEqual(['AlertmanagerConfig', 'PrometheusRule']);
    for (const { metadata } of made) {
      expect(metadata.namespace).toBe('ballast');
      expect(metadata.labels).toMatchObject({
        release: 'kube-prometheus-stack',
        'app.kubernetes.io/part-of': 'ballast',
      });
    }
  });

  test('have no AlertmanagerConfig when nobody is to be told', async () => {
    expect((await objects(nobody)).map(({ kind }) => kind)).toEqual(['PrometheusRule']);
  });
});

describe('the PrometheusRule', () => {
  const rule = (groups: ReturnType<typeof ruleGroups>) =>
    new PrometheusRule({ metadata: { name: 'ballast' }, spec: ruleFile(groups) });

  test('fits the published schema', () => {
    expect(() => rule(ruleGroups(all, { namespace: 'ballast' })).validate()).not.toThrow();
  });

  test('would not with a key that the schema has not', () => {
    const [group] = ruleGroups(all);
    const spec = { groups: [{ ...group, rules: [{ alert: 'X' }] }] } as never;
    expect(() => new PrometheusRule({ spec }).validate()).toThrow();
  });

  test('holds the rules that the bundled Prometheus would have', () => {
    const groups = ruleGroups(new Set(['qdrant']), { namespace: 'ballast' });
    expect(ruleFile(groups).groups.flatMap(({ rules }) => rules)).toEqual(groups.flatMap(({ rules }) => rules));
  });
});

describe('the AlertmanagerConfig', () => {
  const spec = alertmanagerConfigSpec(told);

  test('fits the published schema', () => {
    expect(() => new AlertmanagerConfig({ metadata: { name: 'ballast' }, spec: spec ?? {} }).validate()).not.toThrow();
  });

  test('routes by severity to receivers that it has', () => {
    const routes = spec?.route?.routes as { receiver: string; matchers: object[] }[];
    expect(routes.map(({ receiver, matchers }) => ({ receiver, matchers }))).toEqual([
      { receiver: 'watchdog', matchers: [{ name: 'alertname', value: 'Watchdog', matchType: '=' }] },
      { receiver: 'critical', matchers: [{ name: 'severity', value: 'critical', matchType: '=' }] },
      { receiver: 'warning', matchers: [{ name: 'severity', value: 'warning', matchType: '=' }] },
    ]);
    expect(spec?.receivers?.map(({ name }) => name)).toEqual(['nobody', 'watchdog', 'critical', 'warning']);
  });

  test("is there for the dead man's switch alone, and has the alert for it from nobody else", () => {
    const { watchdog } = receivers;
    const alone = alertmanagerConfigSpec(receiversSettings.parse({ watchdog }));
    expect(alone?.receivers?.map(({ name }) => name)).toEqual(['nobody', 'watchdog']);
    const people = alertmanagerConfigSpec(receiversSettings.parse({ critical: receivers.critical }));
    expect(people?.route?.routes?.[0]).toMatchObject({
      receiver: 'nobody',
      groupInterval: '1m',
      repeatInterval: '50s',
    });
    expect(people?.receivers?.map(({ name }) => name)).toEqual(['nobody', 'critical']);
  });

  test('names secrets by key and holds none', () => {
    const [, watchdog, critical, warning] = spec?.receivers ?? [];
    const key = (name: string) => ({ name: 'alertmanager-receivers', key: name });
    expect(watchdog?.webhookConfigs).toEqual([{ urlSecret: key('heartbeatUrl'), sendResolved: false }]);
    expect(critical?.pagerdutyConfigs).toEqual([{ routingKey: key('pagerdutyKey') }]);
    expect(critical?.webhookConfigs).toEqual([{ urlSecret: key('hookUrl') }]);
    expect(warning?.slackConfigs?.[0]?.apiURL).toEqual(key('slackUrl'));
    expect(warning?.emailConfigs?.[0]?.authPassword).toEqual(key('smtpPassword'));
  });

  test('is silent about single copies while all are down', () => {
    expect(spec?.inhibitRules).toContainEqual({
      sourceMatch: [{ name: 'alertname', value: 'AllTargetsDown', matchType: '=' }],
      targetMatch: [{ name: 'alertname', value: 'TargetDown', matchType: '=' }],
      equal: ['namespace', 'job'],
    });
  });
});
