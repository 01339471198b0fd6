import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alert on a service that has lost its documents or its models for longer than a moment. */
export function degradationGroups({ range }: Promql): RuleGroup<AlertDraft>[] {
  // A breaker that tries again puts the mode back to full for a moment.
  const lately = range('rag_degradation_mode', '1m', { mode: ['cached', 'retrieval_only'] });
  const mode = (name: string, instance: string) => `rag_degradation_mode{mode="${name}", instance="${instance}"}`;
  const serviceDegraded: AlertDraft = {
    alert: 'ServiceDegraded',
    severity: 'warning',
    expr: `count by (mode) (max_over_time(${lately}) == 1)`,
    for: '5m',
    summary: 'The service answers without its documents or without its models.',
    description: 'For 5 minutes {{ $value }} copies of the service have been in the mode {{ $labels.mode }}.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          every: '30s',
          series: {
            [mode('cached', 'a')]: '0x3 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1',
            [mode('cached', 'b')]: '0x3 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1',
            [mode('retrieval_only', 'a')]: '0x20',
            [mode('full', 'c')]: '1x20',
            [mode('shed', 'c')]: '1x20',
          },
          holdsFrom: '2m',
          alerts: [
            {
              labels: { mode: 'cached' },
              description: 'For 5 minutes 2 copies of the service have been in the mode cached.',
            },
          ],
        },
        {
          every: '30s',
          series: { [mode('retrieval_only', 'a')]: '0x3 1x20' },
          holdsFrom: '2m',
          alerts: [
            {
              labels: { mode: 'retrieval_only' },
              description: 'For 5 minutes 1 copies of the service have been in the mode retrieval_only.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'it recovered', every: '30s', series: { [mode('cached', 'a')]: '1x4 0x4 1x10' }, at: '8m' },
        {
          because: 'it is shed, which is another alert',
          every: '30s',
          series: { [mode('shed', 'a')]: '1x20' },
          at: '8m',
        },
      ],
    },
  };
  return [{ name: 'degradation', target: 'api', rules: [serviceDegraded] }];
}
