import { routing } from '../routing/routing.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/**
 * The dead man's switch: an alert that fires as long as rules are evaluated and alerts are told. Nobody else notices when that
 * ends, so that a service outside of the cluster waits for it: `alertmanager.receivers.watchdog`.
 */
export function watchdogGroups(): RuleGroup<AlertDraft>[] {
  const description = (value: string) =>
    `This alert always fires, with the value ${value}: when it comes no more, no alert does.`;
  const rule: AlertDraft = {
    alert: routing.watchdog.alert,
    severity: 'none',
    expr: 'vector(1)',
    for: '1m',
    summary: 'Prometheus and Alertmanager work.',
    description: description('{{ $value }}'),
    dashboard: 'monitoring',
    scenarios: {
      firesWithoutData: true,
      fires: [{ every: '15s', series: {}, holdsFrom: '0s', alerts: [{ description: description('1') }] }],
      quiet: [],
    },
  };
  return [{ name: 'watchdog', target: 'always', rules: [rule] }];
}
