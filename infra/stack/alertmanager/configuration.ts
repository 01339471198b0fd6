import { scaled, type Duration } from '../../../alerts/promql/duration.ts';
import { routing, type Inhibition, type LabelMatches } from '../../../alerts/routing/routing.ts';
import { messageText, messageTitle } from './message.ts';
import { toldSeverities, type Receiver, type Receivers } from './receivers.ts';

/** The keys of `alertmanager.yml` that we use: https://prometheus.io/docs/alerting/latest/configuration/ */
export interface AlertmanagerConfiguration {
  readonly route: Route & { readonly routes: readonly (Route & { readonly matchers: readonly string[] })[] };
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
  readonly receivers: readonly ReceiverConfiguration[];
}

/** A route of alerts to a receiver. */
interface Route {
  readonly receiver: string;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
}

interface ReceiverConfiguration {
  readonly name: string;
  readonly slack_configs?: Configurations<{
    readonly api_url_file: string;
    readonly channel: string;
    readonly send_resolved: boolean;
    readonly title: string;
    readonly text: string;
  }>;
  readonly pagerduty_configs?: Configurations<{ readonly routing_key_file: string }>;
  readonly webhook_configs?: Configurations<{ readonly url_file: string; readonly send_resolved?: boolean }>;
  readonly email_configs?: Configurations<{
    readonly to: string;
    readonly from: string;
    readonly smarthost: string;
    readonly require_tls: boolean;
    readonly send_resolved: boolean;
    readonly auth_username?: string | undefined;
    readonly auth_password_file?: string | undefined;
  }>;
}

type Configurations<T> = readonly T[] | undefined;

/** Folder with the credentials of the receivers, a file for each. */
export const credentialFolder = '/etc/alertmanager-receivers';

/** Alerts of a severity without a receiver end here: they are on Alertmanager's page, and nobody is told. */
const nobody = 'nobody';

const watchdogReceiver = 'watchdog';

/**
 * The configuration of Alertmanager.
 *
 * @param timeScale Factor of every time, for exercises that cannot wait for hours.
 */
export function alertmanagerConfiguration(receivers: Receivers, timeScale = 1): AlertmanagerConfiguration {
  const told = toldSeverities(receivers);
  const { watchdog } = routing;
  const time = (duration: Duration) => scaled(duration, timeScale);
  return {
    route: {
      receiver: nobody,
      group_by: routing.groupBy,
      group_wait: time(routing.groupWait),
      group_interval: time(routing.groupInterval),
      routes: [
        {
          receiver: receivers.watchdog.length > 0 ? watchdogReceiver : nobody,
          matchers: matchers({ alertname: watchdog.alert }),
          group_wait: '0s',
          group_interval: time(watchdog.groupInterval),
          repeat_interval: time(watchdog.repeat),
        },
        ...told.map(([severity]) => ({
          receiver: severity,
          matchers: matchers({ severity }),
          repeat_interval: time(routing.repeat[severity]),
        })),
      ],
    },
    inhibit_rules: routing.inhibitions.map(inhibitRule),
    receivers: [
      { name: nobody },
      ...(receivers.watchdog.length > 0 ? [watchdogConfiguration(receivers)] : []),
      ...told.map(([severity, all]) => receiverConfiguration(severity, all)),
    ],
  };
}

function inhibitRule({ source, target, equal }: Inhibition): AlertmanagerConfiguration['inhibit_rules'][number] {
  return { source_matchers: matchers(source), target_matchers: matchers(target), equal };
}

const matchers = (labels: LabelMatches) =>
  Object.entries(labels).map(([name, value]) =>
    typeof value === 'string' ? `${name}=${JSON.stringify(value)}` : `${name}=~${JSON.stringify(value.join('|'))}`,
  );

const file = (credential: string) => `${credentialFolder}/${credential}`;

/** That the alert is over is no news: whoever watches it notices that it came no more. */
function watchdogConfiguration({ watchdog }: Receivers): ReceiverConfiguration {
  return {
    name: watchdogReceiver,
    webhook_configs: watchdog.map(({ credential }) => ({ url_file: file(credential), send_resolved: false })),
  };
}

function receiverConfiguration(name: string, receivers: readonly Receiver[]): ReceiverConfiguration {
  /** What the receivers of one type become; absent where there are none. */
  const each = <T extends Receiver['type'], C>(type: T, become: (receiver: Extract<Receiver, { type: T }>) => C) => {
    const all = receivers.filter((receiver): receiver is Extract<Receiver, { type: T }> => receiver.type === type);
    return all.length === 0 ? undefined : all.map(become);
  };
  return {
    name,
    slack_configs: each('slack', ({ credential, channel }) => ({
      api_url_file: file(credential),
      channel,
      send_resolved: true,
      title: messageTitle,
      text: messageText,
    })),
    pagerduty_configs: each('pagerduty', ({ credential }) => ({ routing_key_file: file(credential) })),
    webhook_configs: each('webhook', ({ credential }) => ({ url_file: file(credential) })),
    email_configs: each('email', ({ to, from, smarthost, username, credential }) => ({
      to,
      from,
      smarthost,
      require_tls: true,
      send_resolved: true,
      auth_username: username,
      auth_password_file: credential === undefined ? undefined : file(credential),
    })),
  };
}
