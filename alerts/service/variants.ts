import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alert on a variant that failed or cost too much. */
export function variantGroups({ select }: Promql): RuleGroup<AlertDraft>[] {
  const every = '15s';
  const stopped = (variant: string, instance: string) =>
    `rag_variant_stopped{variant="${variant}", instance="${instance}"}`;
  const variantStopped: AlertDraft = {
    alert: 'VariantStopped',
    severity: 'warning',
    expr: `count by (variant) (${select('rag_variant_stopped')} == 1)`,
    for: '1m',
    summary: 'The guard rails have stopped a variant.',
    description:
      'The guard rails of {{ $value }} copies of the service have stopped the variant {{ $labels.variant }}.',
    dashboard: 'guards',
    scenarios: {
      fires: [
        {
          every,
          series: {
            [stopped('brief', 'a')]: '0x3 1x20',
            [stopped('brief', 'b')]: '0x20',
            [stopped('default', 'a')]: '0x20',
          },
          holdsFrom: '1m',
          alerts: [
            {
              labels: { variant: 'brief' },
              description: 'The guard rails of 1 copies of the service have stopped the variant brief.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'the service was started again', every, series: { [stopped('brief', 'a')]: '1x2 0x20' }, at: '2m' },
      ],
    },
  };
  return [{ name: 'variants', target: 'api', rules: [variantStopped] }];
}
