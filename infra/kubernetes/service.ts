import type { types } from '@pulumi/kubernetes';
import type { Port, Workload } from '../workload.ts';
import { selectorLabels } from './labels.ts';
import { portsOf } from './ports.ts';

type ServiceSpec = types.input.core.v1.ServiceSpec;

/** Name of the Service that knows each copy; a stateful one's own name is `<name>-<number>.<this>`. */
export const peersName = (workload: Workload): string => `${workload.name}-peers`;

/** One address for all copies that are ready; `undefined` when the workload has no port for others. */
export function serviceSpec(workload: Workload): ServiceSpec | undefined {
  const ports = portsOf(workload).filter(({ peersOnly }) => peersOnly !== true);
  if (workload.runs.as === 'schedule' || ports.length === 0) return undefined;
  return { type: 'ClusterIP', selector: selectorLabels(workload.name), ports: ports.map(servicePort) };
}

/**
 * Every copy by its own address, ready or not: for stateful workloads, which form a cluster before any of them is ready, and for
 * all that serve metrics, since Prometheus reads each copy.
 */
export function peersServiceSpec(workload: Workload): ServiceSpec | undefined {
  const scraped = portsOf(workload).some(({ metrics }) => metrics !== undefined);
  if (workload.runs.as === 'schedule' || (workload.runs.as !== 'stateful' && !scraped)) return undefined;
  return {
    type: 'ClusterIP',
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector: selectorLabels(workload.name),
    ports: portsOf(workload).map(servicePort),
  };
}

const servicePort = ({ name, number, protocol = 'TCP' }: Port) => ({ name, port: number, targetPort: name, protocol });
