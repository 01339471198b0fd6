import { routing, type Inhibition } from '../../../alerts/routing.ts';
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
  readonly webhook_configs?: Configurations<{ readonly url_file: string }>;
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

/** The configuration of Alertmanager. */
export function alertmanagerConfiguration(receivers: Receivers): AlertmanagerConfiguration {
  const told = toldSeverities(receivers);
  return {
    route: {
      receiver: nobody,
      group_by: routing.groupBy,
      group_wait: routing.groupWait,
      group_interval: routing.groupInterval,
      routes: told.map(([severity]) => ({
        receiver: severity,
        matchers: [`severity="${severity}"`],
        repeat_interval: routing.repeat[severity],
      })),
    },
    inhibit_rules: routing.inhibitions.map(inhibitRule),
    receivers: [{ name: nobody }, ...told.map(([severity, all]) => receiverConfiguration(severity, all))],
  };
}

function inhibitRule({ source, target, equal }: Inhibition): AlertmanagerConfiguration['inhibit_rules'][number] {
  return { source_matchers: matchers(source), target_matchers: matchers(target), equal };
}

const matchers = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);

const file = (credential: string) => `${credentialFolder}/${credential}`;

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
