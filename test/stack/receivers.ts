import type { z } from 'zod';
import type { receiversSettings } from '../../infra/stack/alertmanager/receivers.ts';

/** Settings with one receiver of each type, two for each severity, and a dead man's switch; each has a credential of its own. */
export const receivers = {
  critical: [
    { type: 'pagerduty', credential: 'pagerdutyKey' },
    { type: 'webhook', credential: 'hookUrl', origin: 'http://receiver.oncall:8080' },
  ],
  warning: [
    { type: 'slack', credential: 'slackUrl', channel: '#alerts' },
    {
      type: 'email',
      to: 'oncall@example.com',
      from: 'ballast@example.com',
      smarthost: 'smtp.example.com:587',
      username: 'ballast',
      credential: 'smtpPassword',
      egress: { cidrs: ['192.0.2.0/24'] },
    },
  ],
  watchdog: [{ type: 'webhook', credential: 'heartbeatUrl' }],
} satisfies z.input<typeof receiversSettings>;
