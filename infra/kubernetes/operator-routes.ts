import type { IAlertmanagerConfigSpec } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/AlertmanagerConfigSpec';
import type { IMatcher } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/Matcher';
import type { IReceiver } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/Receiver';
import { routing } from '../../alerts/routing.ts';
import { messageText, messageTitle } from '../stack/alertmanager/message.ts';
import { receiversSecret, toldSeverities, type Receiver, type Receivers } from '../stack/alertmanager/receivers.ts';

/** Whom alerts go to for whom nobody is told. */
const nobody = 'nobody';

/**
 * The routes of the stack's alerts for an operator's Alertmanager; `undefined` when nobody is to be told. The operator adds
 * to each matcher that the label `namespace` is this object's: https://prometheus-operator.dev/docs/developer/alerting/
 */
export function alertmanagerConfigSpec(receivers: Receivers): IAlertmanagerConfigSpec | undefined {
  const told = toldSeverities(receivers);
  if (told.length === 0) return undefined;
  return {
    route: {
      receiver: nobody,
      groupBy: [...routing.groupBy],
      groupWait: routing.groupWait,
      groupInterval: routing.groupInterval,
      routes: told.map(([severity]) => ({
        receiver: severity,
        matchers: matchers({ severity }),
        repeatInterval: routing.repeat[severity],
      })),
    },
    inhibitRules: routing.inhibitions.map(({ source, target, equal }) => ({
      sourceMatch: matchers(source),
      targetMatch: matchers(target),
      equal: [...equal],
    })),
    receivers: [{ name: nobody }, ...told.map(([severity, all]) => receiver(severity, all))],
  };
}

const matchers = (labels: Readonly<Record<string, string>>): IMatcher[] =>
  Object.entries(labels).map(([name, value]) => ({ name, value, matchType: '=' }));

const secretKey = (key: string) => ({ name: receiversSecret, key });

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
