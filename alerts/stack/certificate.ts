import type { SeriesName } from '../promql/catalogue.ts';
import type { Matches, Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

type CertificateSeries = Extract<SeriesName, `certmanager_certificate_${string}`>;

/**
 * Alerts on the certificates that cert-manager makes for the stack. cert-manager tells of those of the whole cluster, from a
 * namespace of its own; a Prometheus of the stack keeps only the stack's.
 *
 * @param namespace The stack's, where Prometheus watches several: which label has it depends on how cert-manager is scraped.
 */
export function certificateGroups({ select }: Promql, namespace: string | undefined): RuleGroup<AlertDraft>[] {
  const own: Select = (series, matches = {}) => {
    if (namespace === undefined) return select(series, matches);
    const labels = ['namespace', 'exported_namespace'] as const;
    return `(${labels.map((label) => select(series, { ...matches, [label]: namespace })).join(' or ')})`;
  };
  return [{ name: 'certificate', target: 'certificate', rules: [expires(own), overdue(own), notReady(own)] }];
}

type Select = <const S extends CertificateSeries>(series: S, matches?: Matches<S>) => string;

const day = 86_400;
const certificate = 'name="gateway-tls", namespace="ballast"';
const labels = { name: 'gateway-tls' };

/** Seconds of a certificate's times, from the start of a test; 0 stands for one that was never issued. */
const times = (expiry: number, renewal: number) => ({
  [`certmanager_certificate_expiration_timestamp_seconds{${certificate}}`]: `${expiry}x400`,
  [`certmanager_certificate_renewal_timestamp_seconds{${certificate}}`]: `${renewal}x400`,
});

/** A certificate that lives for days only is always about to expire, but it is not late with its renewal. */
function expires(select: Select): AlertDraft {
  const every = '5m';
  const expiry = `max by (name) (${select('certmanager_certificate_expiration_timestamp_seconds')} > 0)`;
  const renewal = `max by (name) (${select('certmanager_certificate_renewal_timestamp_seconds')} > 0)`;
  const description = (name: string, left: string) =>
    `The certificate ${name} expires in ${left}, and its renewal is late.`;
  return {
    alert: 'CertificateExpiresSoon',
    severity: 'critical',
    expr: `${expiry} - time() < ${3 * day} and ${renewal} < time()`,
    for: '1h',
    summary: 'A certificate expires soon and is not renewed.',
    description: description('{{ $labels.name }}', '{{ $value | humanizeDuration }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          every,
          series: times(3 * day + 7200, 60),
          holdsFrom: '125m',
          alerts: [{ labels, description: description('gateway-tls', '2d 22h 55m 0s') }],
        },
      ],
      quiet: [
        { because: 'three days are left', every, series: times(3 * day + 4 * 3600, 60), at: '4h' },
        { because: 'it lives for days only', every, series: times(2 * day, day), at: '4h' },
        { because: 'it was never issued', every, series: times(0, 0), at: '4h' },
      ],
    },
  };
}

/** cert-manager renews when two thirds of the lifetime are over, and tries again for hours when that fails. */
function overdue(select: Select): AlertDraft {
  const every = '5m';
  const renewal = `max by (name) (${select('certmanager_certificate_renewal_timestamp_seconds')} > 0)`;
  const description = (name: string, late: string) => `The renewal of the certificate ${name} is ${late} late.`;
  return {
    alert: 'CertificateRenewalOverdue',
    severity: 'warning',
    expr: `time() - ${renewal} > ${day}`,
    for: '1h',
    summary: 'A certificate is not renewed.',
    description: description('{{ $labels.name }}', '{{ $value | humanizeDuration }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          every,
          series: times(30 * day, 3600),
          holdsFrom: '1505m',
          alerts: [{ labels, description: description('gateway-tls', '1d 1h 5m 0s') }],
        },
      ],
      quiet: [
        { because: 'it is a day late', every, series: times(30 * day, 5 * 3600), at: '29h' },
        { because: 'it was never issued', every, series: times(0, 0), at: '29h' },
      ],
    },
  };
}

function notReady(select: Select): AlertDraft {
  const ready = select('certmanager_certificate_ready_status', { condition: 'True' });
  const series = (isReady: number, condition = 'True') => ({
    [`certmanager_certificate_ready_status{${certificate}, condition="${condition}"}`]: `${isReady}x40`,
  });
  const description = (name: string) => `The certificate ${name} has not been ready for 30 minutes.`;
  return {
    alert: 'CertificateNotReady',
    severity: 'warning',
    expr: `max by (name) (${ready}) == 0`,
    for: '30m',
    summary: 'A certificate is not issued.',
    description: description('{{ $labels.name }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [{ series: series(0), holdsFrom: '0m', alerts: [{ labels, description: description('gateway-tls') }] }],
      quiet: [
        { because: 'it is ready', series: { ...series(1), ...series(0, 'False') }, at: '35m' },
        { because: 'it is not said to be unready', series: series(0, 'Unknown'), at: '35m' },
      ],
    },
  };
}
