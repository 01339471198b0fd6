import type { Container, Workload } from '../workload.ts';
import { isRecreated, mostCopies } from './copies.ts';
import { cores, mebibytes, parseQuantity } from '../quantity.ts';

/** What a container gets that asks for nothing: a pod for debugging, a certificate's solver. Ours always ask. */
export const containerDefaults = {
  default: { cpu: '200m', memory: '128Mi' },
  defaultRequest: { cpu: '50m', memory: '64Mi' },
} as const;

/**
 * Room beside what the stack asks for: four pods that an operator or a controller starts (a job by hand, a shell, a
 * certificate's solver).
 */
const reserve = {
  pods: 4,
  each: { cpu: { request: '250m', limit: '500m' }, memory: { request: '256Mi', limit: '512Mi' } },
} as const;

/**
 * Most that all workloads need at once, and the reserve: the `hard` limits of the namespace's ResourceQuota.
 *
 * The API server refuses a pod that would go beyond. So the sum has every copy at its most: the autoscaler's maximum, twice in
 * a rolling update, each job once. Volumes have no limit: those that are asked to stay after their copies are gone would use it
 * up, and the next new one be refused.
 */
export function quotaHard(workloads: readonly Workload[]): Record<string, string> {
  const sum = (amount: (workload: Workload) => number) => workloads.reduce((total, each) => total + amount(each), 0);
  const pods = (kind: 'cpu' | 'memory', bound: 'request' | 'limit') =>
    sum((workload) => copies(workload) * podNeeds(workload, kind, bound)) +
    reserve.pods * parseQuantity(reserve.each[kind][bound]);
  return {
    pods: String(sum(copies) + reserve.pods),
    'requests.cpu': cores(pods('cpu', 'request')),
    'limits.cpu': cores(pods('cpu', 'limit')),
    'requests.memory': mebibytes(pods('memory', 'request')),
    'limits.memory': mebibytes(pods('memory', 'limit')),
  };
}

/**
 * Most pods at once. In a rolling update every old pod may still be draining while all new ones run, since a pod counts until
 * it has ended; the surge is among them. A job's failed pods do not count, and no job runs beside itself.
 */
function copies(workload: Workload): number {
  const overlap = workload.runs.as === 'service' && !isRecreated(workload);
  return (overlap ? 2 : 1) * mostCopies(workload);
}

/** The scheduler's own sum: containers run together, those of the preparation before them and one at a time. */
function podNeeds(workload: Workload, kind: 'cpu' | 'memory', bound: 'request' | 'limit'): number {
  const need = ({ resources }: Container) => parseQuantity(resources[kind][bound]);
  const together = workload.containers.reduce((total, container) => total + need(container), 0);
  return Math.max(together, ...(workload.preparation ?? []).map(need));
}
