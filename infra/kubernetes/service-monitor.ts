import type { IServiceMonitorSpec } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitorSpec';
import type { Port, Workload } from '../workload.ts';
import type { Labels } from './labels.ts';
import { portsOf } from './ports.ts';

/**
 * How the Prometheus operator reads a workload's metrics; `undefined` when it has none.
 *
 * @param labels What selects the workload's Service, and no other: a second Service for its peers with the same labels would
 *   have every copy read twice.
 */
export function serviceMonitorSpec(workload: Workload, labels: Labels): IServiceMonitorSpec | undefined {
  const endpoints = portsOf(workload).flatMap((port) => (port.metrics ? [endpoint(workload, port, port.metrics)] : []));
  return endpoints.length === 0 ? undefined : { selector: { matchLabels: { ...labels } }, endpoints };
}

function endpoint(workload: Workload, port: Port, metrics: NonNullable<Port['metrics']>) {
  const { path = '/metrics', job = workload.name, bearer, honorLabels } = metrics;
  return {
    port: port.name,
    path,
    relabelings: [
      // Rules and dashboards select by job; the operator's default is the name of the Service.
      { action: 'replace' as const, targetLabel: 'job', replacement: job },
      // The operator puts the port's name there, in place of a label that the part itself has, as Qdrant does.
      { action: 'labeldrop' as const, regex: 'endpoint' },
    ],
    ...(honorLabels === true && { honorLabels }),
    ...(bearer && {
      authorization: { type: 'Bearer', credentials: { name: bearer.secret, key: bearer.key } },
    }),
  };
}
