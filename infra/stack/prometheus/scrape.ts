import type { SecretReference } from '../../secret.ts';
import type { Metrics, Port, Workload } from '../../workload.ts';

/** What Prometheus reads: each copy of one workload, on one port. */
export interface ScrapeTarget {
  /** Label `job` of the series. */
  readonly job: string;
  readonly workload: string;
  readonly port: Pick<Port, 'name' | 'number'>;
  /** Name whose A records are the addresses of all copies. */
  readonly dnsName: string;
  readonly path: string;
  /** Bearer token to show. */
  readonly bearer: SecretReference | undefined;
  readonly honorLabels: boolean;
}

/**
 * What of the workloads Prometheus reads: every port that says it serves metrics. Runs on a schedule are too short for that;
 * kube-state-metrics tells of them.
 *
 * @throws when two ports would have one job: their series could not be told apart.
 */
export function scrapeTargets(workloads: readonly Pick<Workload, 'name' | 'runs' | 'containers'>[]): ScrapeTarget[] {
  const targets = workloads
    .filter(({ runs }) => runs.as !== 'schedule')
    .flatMap(({ name, containers }) =>
      containers
        .flatMap(({ ports = [] }) => ports)
        .flatMap((port) => (port.metrics === undefined ? [] : [scrapeTarget(name, port, port.metrics)])),
    );
  for (const [job, [first, second]] of Map.groupBy(targets, (target) => target.job)) {
    if (first === undefined || second === undefined) continue;
    const both = `${first.workload}:${first.port.name} and ${second.workload}:${second.port.name}`;
    throw new Error(`Both ${both} would be Prometheus's job "${job}": give one of them another "metrics.job"`);
  }
  return targets;
}

function scrapeTarget(workload: string, port: Port, metrics: Metrics): ScrapeTarget {
  return {
    job: metrics.job ?? workload,
    workload,
    port: { name: port.name, number: port.number },
    dnsName: `${workload}-peers`,
    path: metrics.path ?? '/metrics',
    bearer: metrics.bearer,
    honorLabels: metrics.honorLabels ?? false,
  };
}
