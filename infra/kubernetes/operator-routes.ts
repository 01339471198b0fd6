import type { IAlertmanagerConfigSpec } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/AlertmanagerConfigSpec';
import type { IMatcher } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/Matcher';
import type { IReceiver } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/Receiver';
import { routing, type LabelMatches } from '../../alerts/routing/routing.ts';
import { messageText, messageTitle } from '../stack/alertmanager/message.ts';
import {
  allReceivers,
  receiversSecret,
  toldSeverities,
  type Receiver,
  type Receivers,
} from '../stack/alertmanager/receivers.ts';

/** Whom alerts go to for whom nobody is told. */
const nobody = 'nobody';

const watchdogReceiver = 'watchdog';

/**
 * The routes of the stack's alerts for an operator's Alertmanager; `undefined` when nobody is to be told. The operator adds
 * to each matcher that the label `namespace` is this object's: https://prometheus-operator.dev/docs/developer/alerting/
 */
export function alertmanagerConfigSpec(receivers: Receivers): IAlertmanagerConfigSpec | undefined {
  if (allReceivers(receivers).length === 0) return undefined;
  const told = toldSeverities(receivers);
  const { watchdog } = routing;
  return {
    route: {
      receiver: nobody,
      groupBy: [...routing.groupBy],
      groupWait: routing.groupWait,
      groupInterval: routing.groupInterval,
      routes: [
        {
          receiver: receivers.watchdog.length > 0 ? watchdogReceiver : nobody,
          matchers: matchers({ alertname: watchdog.alert }),
          groupWait: '0s',
          groupInterval: watchdog.groupInterval,
          repeatInterval: watchdog.repeat,
        },
        ...told.map(([severity]) => ({
          receiver: severity,
          matchers: matchers({ severity }),
          repeatInterval: routing.repeat[severity],
        })),
      ],
    },
    inhibitRules: routing.inhibitions.map(({ source, target, equal }) => ({
      sourceMatch: matchers(source),
      targetMatch: matchers(target),
      equal: [...equal],
    })),
    receivers: [
      { name: nobody },
      ...(receivers.watchdog.length > 0 ? [watchdogConfigurations(receivers)] : []),
      ...told.map(([severity, all]) => receiver(severity, all)),
    ],
  };
}

const matchers = (labels: LabelMatches): IMatcher[] =>
  Object.entries(labels).map(([name, value]) =>
    typeof value === 'string' ? { name, value, matchType: '=' } : { name, value: value.join('|'), matchType: '=~' },
  );

const secretKey = (key: string) => ({ name: receiversSecret, key });

function watchdogConfigurations({ watchdog }: Receivers): IReceiver {
  return {
    name: watchdogReceiver,
    webhookConfigs: watchdog.map(({ credential }) => ({ urlSecret: secretKey(credential), sendResolved: false })),
  };
}

function receiver(name: string, receivers: readonly Receiver[]): IReceiver {
  /** What the receivers of one type become; absent where there are none, since an empty list is not allowed. */
  const each = <T extends Receiver['type'], K extends string, C>(
    type: T,
    key: K,
    become: (receiver: Extract<Receiver, { type: T }>) => C,
  ) => {
    const all = receivers.filter((one): one is Extract<Receiver, { type: T }> => one.type === type);
    return all.length > 0 && ({ [key]: all.map(become) } as Record<K, C[]>);
  };
  return {
    name,
    ...each('slack', 'slackConfigs', ({ credential, channel }) => ({
      apiURL: secretKey(credential),
      channel,
      sendResolved: true,
      title: messageTitle,
      text: messageText,
    })),
    ...each('pagerduty', 'pagerdutyConfigs', ({ credential }) => ({ routingKey: secretKey(credential) })),
    ...each('webhook', 'webhookConfigs', ({ credential }) => ({ urlSecret: secretKey(credential) })),
    ...each('email', 'emailConfigs', ({ to, from, smarthost, username, credential }) => ({
      to,
      from,
      smarthost,
      requireTLS: true,
      sendResolved: true,
      ...(username !== undefined && { authUsername: username }),
      ...(credential !== undefined && { authPassword: secretKey(credential) }),
    })),
  };
}
