import type { Container, Workload } from '../workload.ts';
import { mebibytes, parseQuantity } from '../quantity.ts';

/**
 * The kubelet keeps five files of 10Mi of what a container prints, and looks at them every ten seconds: containerLogMaxFiles,
 * containerLogMaxSize and containerLogMonitorInterval of
 * https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/. The limit leaves room for a cluster that keeps more.
 */
const logs = { request: parseQuantity('50Mi'), limit: parseQuantity('256Mi') } as const;

/**
 * The node's own disk that a container needs: what it prints and its scratch volumes, since it can write nothing else there.
 * All of it is reserved, so that a pod is not the first to go when the disk of a node becomes full; a pod beyond the limit is
 * evicted before it fills the disk for others:
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage
 */
export function ephemeralStorage(workload: Workload, container: Container): { request: string; limit: string } {
  const mounted = (workload.volumes ?? []).filter(({ name }) => name in (container.mounts ?? {}));
  const scratch = mounted.reduce(
    (sum, volume) => (volume.kind === 'scratch' && volume.inMemory !== true ? sum + parseQuantity(volume.size) : sum),
    0,
  );
  return { request: mebibytes(logs.request + scratch), limit: mebibytes(logs.limit + scratch) };
}
