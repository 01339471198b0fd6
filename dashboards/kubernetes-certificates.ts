import type { SeriesName } from '../alerts/promql/catalogue.ts';
import type { Matches } from '../alerts/promql/promql.ts';
import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { dashboardPromql, namespaceVariable } from './promql.ts';

type CertificateSeries = Extract<SeriesName, `certmanager_certificate_${string}`>;

const day = 86_400;

/** The certificates that cert-manager makes for the stack. */
export const certificates = (): Panel[] => [
  graph({
    title: 'Time left of certificates',
    description:
      'Time until each certificate expires, and until cert-manager renews it. Below 0 the renewal is late; expired ones ' +
      'keep all clients out.',
    unit: 's',
    queries: {
      '{{name}} expires': `max by (name) (${ofStack('certmanager_certificate_expiration_timestamp_seconds')} > 0) - time()`,
      '{{name}} is renewed': `max by (name) (${ofStack('certmanager_certificate_renewal_timestamp_seconds')} > 0) - time()`,
    },
    limits: { bad: 'below', warning: 3 * day, critical: 0 },
    width: 12,
  }),
  graph({
    title: 'Issued certificates',
    description: 'Whether each certificate is issued and valid for what is asked for.',
    unit: 'bool_yes_no',
    max: 1,
    queries: {
      '{{name}}': `max by (name) (${ofStack('certmanager_certificate_ready_status', { condition: 'True' })})`,
    },
    width: 12,
  }),
];

/** cert-manager tells of the whole cluster; which label has the stack's namespace depends on how it is scraped. */
function ofStack<const S extends CertificateSeries>(series: S, matches: Matches<S> = {}): string {
  const stack = { matches: `$${namespaceVariable}` };
  const labels = ['namespace', 'exported_namespace'] as const;
  return `(${labels.map((label) => dashboardPromql.select(series, { ...matches, [label]: stack })).join(' or ')})`;
}
