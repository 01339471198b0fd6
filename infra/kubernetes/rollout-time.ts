import type { Workload } from '../workload.ts';
import { allContainers } from './configuration.ts';
import { mostCopies } from './copies.ts';

/** Seconds for what no probe counts: a node that starts, an image that is pulled, a volume that is attached. */
const arrivalSeconds = 300;

/** Seconds that one copy may take from its creation until it is ready; then Kubernetes calls the rollout stuck. */
export function readySeconds(workload: Workload): number {
  const startup = allContainers(workload).map(({ probes }) =>
    probes?.startup ? probes.startup.periodSeconds * probes.startup.failureThreshold : 0,
  );
  return arrivalSeconds + Math.max(...startup);
}

/** How long Pulumi waits for a rollout: every copy may be replaced after the one before it has stopped. */
export function rolloutTimeout(workload: Workload): { create: string; update: string } {
  const perCopy = readySeconds(workload) + (workload.stopping?.graceSeconds ?? 0);
  const seconds = `${mostCopies(workload) * perCopy}s`;
  return { create: seconds, update: seconds };
}
