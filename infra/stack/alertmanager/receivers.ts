import { z } from 'zod';
import type { Severity } from '../../../alerts/rule.ts';
import { externalConnection, type Connection } from '../../connection.ts';
import { external, refuseUnknown, setting } from '../../settings.ts';

const type = <const T extends string>(name: T, what: string) => setting(z.literal(name), `Alerts go to ${what}.`, name);

const credentialKey = z.string().regex(/^[A-Za-z0-9._-]+$/);

const credential = (what: string, example: string) =>
  setting(credentialKey, `Name in ballast:credentials of ${what}.`, example);

const slack = z.strictObject({
  type: type('slack', 'a Slack channel'),
  credential: credential("the incoming webhook's URL", 'slackUrl'),
  channel: setting(z.string().min(1), 'Channel or user.', '#alerts'),
});

const pagerduty = z.strictObject({
  type: type('pagerduty', 'PagerDuty'),
  credential: credential("the integration's routing key (Events API v2)", 'pagerdutyKey'),
});

const webhook = z.strictObject({
  type: type('webhook', 'a URL'),
  credential: credential('the URL that alerts are posted to', 'alertWebhookUrl'),
  origin: setting(
    z.url().optional(),
    'Where that is, without what is secret in it, unless it is a public name on port 443.',
    'http://receiver.oncall:8080',
  ),
  egress: external.egress,
});

const email = z.strictObject({
  type: type('email', 'a mailbox'),
  to: setting(z.email(), 'Who gets it.', 'oncall@example.com'),
  from: setting(z.email(), 'Who it is from.', 'ballast@example.com'),
  smarthost: setting(
    z.string().regex(/^[a-z0-9.-]+:\d+$/i, { error: 'a host and a port such as smtp.example.com:587' }),
    'The mail server; TLS is required.',
    'smtp.example.com:587',
  ),
  username: setting(z.string().min(1).optional(), 'Who logs in at the mail server.', 'ballast'),
  credential: setting(
    credentialKey.optional(),
    'Name in ballast:credentials of the password there; none when absent.',
    'smtpPassword',
  ),
  egress: external.egress,
});

const refuseUnreachable = (settings: Receiver, issues: z.RefinementCtx) => {
  if (issues.issues.length === 0) refuseUnknown(() => receiverConnection(settings), issues);
};

const receiver = z.discriminatedUnion('type', [slack, pagerduty, webhook, email]).superRefine(refuseUnreachable);

/** Who is told of alerts; what is secret about it is a credential. */
export type Receiver = z.output<typeof slack | typeof pagerduty | typeof webhook | typeof email>;

/** Configuration `ballast:alertmanager.receivers`: by severity, each may have several, and of the dead man's switch. */
export const receiversSettings = z.strictObject({
  critical: setting(z.array(receiver).default([]), 'Who is told of critical alerts, which page somebody.', [
    { type: 'pagerduty', credential: 'pagerdutyKey' },
  ]),
  warning: setting(
    z.array(receiver).default([]),
    'Who is told of warnings, which are tickets; with the keys of `critical`.',
    [{ type: 'slack', credential: 'slackUrl', channel: '#alerts' }],
  ),
  watchdog: setting(
    z.array(webhook.superRefine(refuseUnreachable)).default([]),
    "Services outside of the cluster that watch Prometheus and Alertmanager themselves (a dead man's switch): told every " +
      'minute that both work, they call somebody once they are told no more.',
    [{ type: 'webhook', credential: 'heartbeatUrl' }],
  ),
} satisfies Record<Told, unknown>);

/** Who is told: people by the severity of an alert, and those that watch the alerting itself. */
export type Told = Severity | 'watchdog';

/** Receivers by what they are told of. */
export type Receivers = z.output<typeof receiversSettings>;

/** Name of the Secret with what receivers need; its keys are the names of the credentials. */
export const receiversSecret = 'alertmanager-receivers';

/** Severities that have a receiver, with them. */
export function toldSeverities(receivers: Receivers): [Severity, readonly Receiver[]][] {
  const all: [Severity, readonly Receiver[]][] = [
    ['critical', receivers.critical],
    ['warning', receivers.warning],
  ];
  return all.filter(([, each]) => each.length > 0);
}

/** All receivers. */
export const allReceivers = ({ critical, warning, watchdog }: Receivers): readonly Receiver[] => [
  ...critical,
  ...warning,
  ...watchdog,
];

/** Names of the credentials that the receivers need. */
export function receiverCredentials(receivers: Receivers): ReadonlySet<string> {
  return new Set(allReceivers(receivers).flatMap((one) => one.credential ?? []));
}

/**
 * The way out to a receiver. Slack and PagerDuty are public.
 *
 * @throws when the receiver's place is neither public on port 443, nor in the cluster, nor given by `egress`.
 */
export function receiverConnection(receiver: Receiver): Connection {
  switch (receiver.type) {
    case 'slack':
    case 'pagerduty':
      return { to: 'internet' };
    case 'webhook':
      return receiver.origin === undefined ? { to: 'internet' } : externalConnection(receiver.origin, receiver.egress);
    case 'email':
      return externalConnection(`smtp://${receiver.smarthost}`, receiver.egress);
  }
}
