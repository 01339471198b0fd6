import { describe, expect, inject, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import { routing, type Inhibition, type LabelMatches } from '../../alerts/routing/routing.ts';
import { alertmanagerConfigSpec } from '../../infra/kubernetes/operator-routes.ts';
import {
  alertmanagerConfiguration,
  type AlertmanagerConfiguration,
} from '../../infra/stack/alertmanager/configuration.ts';
import { receiversSettings } from '../../infra/stack/alertmanager/receivers.ts';
import { run, until } from '../processes.ts';
import { receivers } from '../stack/receivers.ts';
import { RunningAlertmanager, writeConfiguration, type AlertLabels, type KnownAlert } from './running-alertmanager.ts';
import { startTold } from './watched-stack.ts';

const told = receiversSettings.parse(receivers);
const drafts = draftGroups().flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])));

/** Every alert with the labels that all alerts of its name have. */
const alerts = drafts.map(({ alert, severity, labels }) => ({ ...labels, alertname: alert, severity }));

/** The receivers that amtool routes an alert to. */
async function routed(configuration: string, labels: AlertLabels): Promise<string> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const args = ['config', 'routes', 'test', `--config.file=${configuration}`, ...pairs];
  const { code, stdout, stderr } = await run(inject('amtool'), args);
  expect(code, stdout + stderr).toBe(0);
  return stdout.trim();
}

async function check(configuration: string): Promise<string> {
  const { code, stdout, stderr } = await run(inject('amtool'), ['check-config', configuration]);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

describe('the configuration of Alertmanager', () => {
  test('is one that it takes, with receivers of each type and with none', async () => {
    expect(await check(writeConfiguration(alertmanagerConfiguration(told), {}))).toContain('4 receivers');
    const none = receiversSettings.parse({});
    expect(await check(writeConfiguration(alertmanagerConfiguration(none), {}))).toContain('1 receivers');
  });

  test.each([
    ...(['critical', 'warning'] as const).map((severity) => [{ alertname: 'Any', severity }, severity] as const),
    [{ alertname: 'Watchdog', severity: 'critical' }, 'watchdog'],
    [{ alertname: 'Watchdog', severity: 'warning' }, 'watchdog'],
    [{ alertname: 'Any', severity: 'none' }, 'nobody'],
    [{ alertname: 'Any' }, 'nobody'],
  ] as const)('routes %o to %s', async (labels, receiver) => {
    expect(await routed(writeConfiguration(alertmanagerConfiguration(told), {}), labels)).toBe(receiver);
  });

  test('wakes nobody for the alert that always fires, whoever is told of others', async () => {
    const people = receiversSettings.parse({ critical: receivers.critical, warning: receivers.warning });
    const configuration = writeConfiguration(alertmanagerConfiguration(people), {});
    expect(await routed(configuration, { alertname: 'Watchdog', severity: 'critical' })).toBe('nobody');
  });
});

/**
 * What the operator makes of an AlertmanagerConfig: the namespace is a matcher of each route.
 * https://prometheus-operator.dev/docs/developer/alerting/
 */
function ofOperator(namespace: string): AlertmanagerConfiguration {
  const { route, receivers = [] } = alertmanagerConfigSpec(told) ?? {};
  const routes = (route?.routes ?? []) as { receiver: string; matchers: { name: string; value: string }[] }[];
  const own = {
    receiver: route?.receiver ?? '',
    matchers: [`namespace="${namespace}"`],
    routes: routes.map(({ receiver, matchers }) => ({
      receiver,
      matchers: matchers.map(({ name, value }) => `${name}="${value}"`),
    })),
  };
  const everybody = [...receivers.map(({ name }) => ({ name })), { name: 'of the cluster' }];
  return { route: { receiver: 'of the cluster', routes: [own] }, inhibit_rules: [], receivers: everybody };
}

describe('the routes for an operator', () => {
  test.each([
    [{ alertname: 'Any', severity: 'critical', namespace: 'ballast' }, 'critical'],
    [{ alertname: 'Any', severity: 'warning', namespace: 'ballast' }, 'warning'],
    [{ alertname: 'Watchdog', severity: 'warning', namespace: 'ballast' }, 'watchdog'],
    [{ alertname: 'Any', severity: 'critical', namespace: 'other' }, 'of the cluster'],
  ])('bring %o to %s', async (labels, receiver) => {
    expect(await routed(writeConfiguration(ofOperator('ballast'), {}), labels)).toBe(receiver);
  });
});

/** A real Alertmanager that tells all to one webhook, in a 30th of the time. */
async function startAlertmanager() {
  const told = await startTold();
  const configuration = writeConfiguration(alertmanagerConfiguration(told.receivers, 1 / 30), told.urls);
  return { webhook: told, alertmanager: await RunningAlertmanager.start(configuration) };
}

/** Each alert that an inhibition may start from with each that it may silence. */
function pairs({ source, target, equal }: Inhibition) {
  const all = alertsOf(source).flatMap((cause) => alertsOf(target).map((effect) => ({ cause, effect, equal })));
  const agree = (one: AlertLabels, other: AlertLabels) =>
    equal.every((name) => one[name] === undefined || other[name] === undefined || one[name] === other[name]);
  return all.filter(({ cause, effect }) => agree(cause, effect));
}

/** Every alert that a side of an inhibition is about, with what that says of the labels of its series. */
function alertsOf(matches: LabelMatches): AlertLabels[] {
  const wanted = Object.entries(matches).map(([name, values]): [string, readonly string[]] => [name, [values].flat()]);
  return alerts
    .filter((labels: AlertLabels) =>
      wanted.every(([name, values]) => {
        const value = labels[name];
        return value === undefined ? name !== 'alertname' : values.includes(value);
      }),
    )
    .map((labels) => ({ ...Object.fromEntries(wanted.map(([name, [first = '']]) => [name, first])), ...labels }));
}

describe('of two alerts', () => {
  test('each that is silenced is silenced by one that there is', () => {
    expect(routing.inhibitions.filter((inhibition) => pairs(inhibition).length === 0)).toEqual([]);
  });

  test('none is silenced by one that wakes nobody while it would', () => {
    const muted = routing.inhibitions.flatMap(pairs).filter(({ cause, effect }) => {
      return effect['severity'] === 'critical' && cause['severity'] !== 'critical';
    });
    expect(muted.map(({ cause, effect }) => `${cause['alertname']} silences ${effect['alertname']}`)).toEqual([]);
  });

  test('what Redis that is away brings is silenced by what wakes nobody', () => {
    const causes = routing.inhibitions.flatMap(pairs).flatMap(({ cause, effect }) => {
      return effect['alertname'] === 'OptionalDependencyDown' ? identity(cause) : [];
    });
    expect(causes.sort()).toEqual(['AllTargetsDown redis warning', 'RedisDown warning']);
  });

  test('one at least is told, whichever silence which', () => {
    const effects = Map.groupBy(routing.inhibitions.flatMap(pairs), ({ cause }) => identity(cause));
    const visit = (alert: string, path: readonly string[]): string[] => {
      if (path.includes(alert)) return [[...path, alert].join(' → ')];
      return (effects.get(alert) ?? []).flatMap(({ effect }) => visit(identity(effect), [...path, alert]));
    };
    expect([...effects.keys()].flatMap((alert) => visit(alert, []))).toEqual([]);
  });
});

/** What tells alerts apart by the labels that are known before they fire. */
const identity = ({ alertname = '', job = '', slo = '', severity = '' }: AlertLabels) =>
  [alertname, job, slo, severity].filter((label) => label !== '').join(' ');

describe('a real Alertmanager', { timeout: 60_000 }, () => {
  test('keeps silent what follows from what it tells, in the same place only', async () => {
    const { alertmanager } = await startAlertmanager();
    const cases = routing.inhibitions.flatMap(pairs);
    const placed = cases.map(({ cause, effect, equal }, index) => {
      const shared = Object.fromEntries(equal.map((name) => [name, cause[name] ?? effect[name] ?? 'shared']));
      const namespace = `case-${index}`;
      return {
        what: `${cause['alertname']} inhibits ${effect['alertname']}`,
        cause: { ...cause, ...shared, namespace },
        effect: { ...effect, ...shared, namespace },
        elsewhere: { ...effect, ...shared, namespace: `${namespace}-elsewhere` },
      };
    });
    await alertmanager.fire(placed.flatMap(({ cause, effect, elsewhere }) => [cause, effect, elsewhere]));
    let now = new Map<string, KnownAlert>();
    const of = (labels: AlertLabels) => now.get(JSON.stringify(sorted(labels)));
    const silenced = ({ cause, effect }: (typeof placed)[number]) => {
      const fingerprint = of(cause)?.fingerprint;
      return fingerprint !== undefined && of(effect)?.status.inhibitedBy.includes(fingerprint) === true;
    };
    let missing: string[] = [];
    // An alert is known before what it silences is silent: Alertmanager reads the causes in a task of their own.
    await until('each effect is silenced', async () => {
      now = new Map((await alertmanager.alerts()).map((alert) => [JSON.stringify(sorted(alert.labels)), alert]));
      missing = placed.filter((one) => !silenced(one)).map(({ what }) => what);
      return missing.length === 0;
    }).catch(() => expect(missing).toEqual([]));
    for (const { what, cause, effect, elsewhere } of placed) {
      expect(of(effect)?.status.inhibitedBy, what).toEqual([of(cause)?.fingerprint]);
      expect(of(elsewhere)?.status.inhibitedBy).toEqual([]);
      expect(of(cause)?.status.state).toBe('active');
    }
  });

  test('sends one message for one cause', async () => {
    const { alertmanager, webhook } = await startAlertmanager();
    const namespace = 'ballast';
    const lost = { alertname: 'AllTargetsDown', severity: 'critical', namespace, job: 'qdrant' };
    const copy = { alertname: 'TargetDown', severity: 'warning', namespace, job: 'qdrant' };
    await alertmanager.fire([lost, { ...copy, instance: 'a' }, { ...copy, instance: 'b' }]);
    await until('the cause is told', () => webhook.messages.length > 0);
    // What waited in a group since before this one was sent by the time that this one is.
    await alertmanager.fire([{ alertname: 'Later', severity: 'warning', namespace }]);
    await until('the later alert is told', () => webhook.messages.some(({ path }) => path === '/warning'));
    expect(webhook.messages.map(({ path, alerts: told }) => [path, told.map(({ labels }) => labels)])).toEqual([
      ['/critical', [lost]],
      ['/warning', [{ alertname: 'Later', severity: 'warning', namespace }]],
    ]);
  });

  test('sends alerts of one name and job in one message, and others in others', async () => {
    const { alertmanager, webhook } = await startAlertmanager();
    const down = (job: string, instance: string, namespace = 'ballast') => ({
      alertname: 'TargetDown',
      severity: 'warning',
      namespace,
      job,
      instance,
    });
    await alertmanager.fire([
      down('api', 'a'),
      down('api', 'b'),
      down('redis', 'c'),
      down('api', 'd', 'other'),
      { ...down('redis', 'e'), alertname: 'RedisDown', severity: 'critical' },
    ]);
    await until('all are told', () => webhook.messages.flatMap(({ alerts: told }) => told).length === 5);
    const instances = webhook.messages.map(({ alerts: told }) => told.map(({ labels }) => labels['instance']).sort());
    expect(instances.sort()).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });

  test('sends the alert that always fires again and again to the dead man’s switch, and to nobody else', async () => {
    const { alertmanager, webhook } = await startAlertmanager();
    await alertmanager.fire([{ alertname: 'Watchdog', severity: 'warning', namespace: 'ballast' }]);
    await until('it is told three times', () => webhook.messages.length >= 3);
    expect(new Set(webhook.messages.map(({ path, status }) => `${path} ${status}`))).toEqual(
      new Set(['/watchdog firing']),
    );
  });
});

const sorted = (labels: AlertLabels) => Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
