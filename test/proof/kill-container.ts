import { processesOf } from '../node/container-processes.ts';
import type { Pod } from './pod.ts';

/**
 * Sends a signal to the processes of a pod's first container, from this machine.
 *
 * @throws when the pod has no container that runs.
 */
export function killContainer({ metadata, status }: Pod, signal: 'SIGKILL' | 'SIGSTOP'): void {
  const id = status.containerStatuses?.[0]?.containerID ?? '';
  const pids = processesOf(id.replace('containerd://', ''));
  if (pids.length === 0) throw new Error(`the container of ${metadata.name} has no process`);
  for (const pid of pids) process.kill(pid, signal);
}
