import { describe, expect, it } from 'vitest';
import { stackSchema } from '../../infra/config.ts';
import { giveCredential } from '../../infra/missing-credentials.ts';
import { configurationWarnings } from './warnings.ts';

const warnings = (keys: object) =>
  Object.fromEntries(configurationWarnings(stackSchema.parse(keys), 'eu', giveCredential));

const production = {
  environment: 'production',
  context: 'prod-eu',
  credentials: { deepinfra: 'x', pagerduty: 'x', heartbeat: 'x' },
  api: { replicas: 2 },
};
const pagerduty = { type: 'pagerduty', credential: 'pagerduty' };
const heartbeat = { type: 'webhook', credential: 'heartbeat', origin: 'https://heartbeat.example.com' };
const slack = { type: 'slack', credential: 'slack', channel: '#alerts' };

describe('what a stack is warned of', () => {
  it('is models that answer nothing, with the credential that they need', () => {
    expect(warnings({})).toEqual({
      'credential deepinfra':
        'without it qwen, mistral, llama answer nothing: ' +
        "pulumi config set --secret --path 'ballast:credentials.deepinfra' --stack eu",
    });
    expect(warnings({ credentials: { deepinfra: 'x' } })).toEqual({});
  });

  it('is, in production, that the current context decides on the cluster', () => {
    const receivers = { critical: [pagerduty], watchdog: [heartbeat] };
    expect(warnings({ ...production, context: undefined, alertmanager: { receivers } })).toEqual({
      context:
        'the current one of whoever deploys decides on the cluster; ' +
        'name it: pulumi config set ballast:context CONTEXT --stack eu',
    });
    expect(warnings({ ...production, alertmanager: { receivers } })).toEqual({});
  });
});

describe("a stack in production without a dead man's switch", () => {
  const unwatched = (keys: object) => warnings({ ...production, ...keys })["dead man's switch"];

  it('has a Prometheus and an Alertmanager that nobody would miss', () => {
    expect(unwatched({ alertmanager: { receivers: { critical: [pagerduty] } } })).toBe(
      'nobody learns that the monitoring itself is away: ' +
        'set ballast:alertmanager.receivers.watchdog to the webhook of a heartbeat service',
    );
    expect(unwatched({ alertmanager: { receivers: { watchdog: [heartbeat] } } })).toBeUndefined();
  });

  it('is none where an operator watches, or nothing does', () => {
    expect(unwatched({ cluster: { prometheusOperator: true }, prometheus: { use: 'operator' } })).toBeUndefined();
    expect(unwatched({ alertmanager: { use: 'off' } })).toBeUndefined();
  });
});

describe('a stack in production that pages nobody', () => {
  const nobody = (keys: object) => warnings({ ...production, ...keys })['critical alerts'];
  const receivers = 'nobody is paged: set ballast:alertmanager.receivers.critical';
  const operator = { cluster: { prometheusOperator: true }, prometheus: { use: 'operator' } };
  const off = { use: 'off' };
  const existing = { use: 'external', url: 'https://alertmanager.example.com' };

  it('has no receiver for critical alerts, be it the one of the stack or of an operator', () => {
    expect(nobody({})).toBe(receivers);
    expect(nobody({ alertmanager: { receivers: { warning: [slack] } } })).toBe(receivers);
    expect(nobody(operator)).toBe(receivers);
    expect(nobody({ alertmanager: { receivers: { critical: [slack] } } })).toBeUndefined();
  });

  it('has alerts and no Alertmanager', () => {
    expect(nobody({ alertmanager: off })).toBe(
      'nobody is paged: set ballast:alertmanager.use to bundled, with receivers, or to external',
    );
  });

  it('is none where others say who is paged, or nothing alerts', () => {
    expect(nobody({ alertmanager: existing })).toBeUndefined();
    expect(nobody({ ...operator, alertmanager: off })).toBeUndefined();
    expect(nobody({ prometheus: off, alertmanager: off })).toBeUndefined();
  });
});
