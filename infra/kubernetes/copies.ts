import type { Workload } from '../workload.ts';
import { persistentVolumes } from './volumes.ts';

/** Fewest copies that a workload is meant to have; a scheduled one has none between its runs. */
export const fewestCopies = ({ runs, traits }: Workload): number =>
  runs.as === 'schedule' ? 0 : (traits?.scaling?.min ?? runs.replicas);

/** Most copies that a workload is meant to have, those aside that a rolling update adds. */
export const mostCopies = ({ runs, traits }: Workload): number =>
  runs.as === 'schedule' ? 1 : (traits?.scaling?.max ?? runs.replicas);

/**
 * Whether the copies of a service all stop before new ones start. Those with a volume do, whatever the workload says: two pods
 * on two nodes cannot both have a ReadWriteOnce volume, and each would wait for the other.
 */
export const isRecreated = (workload: Workload): boolean =>
  workload.runs.as === 'service' && (workload.runs.update === 'recreate' || persistentVolumes(workload).length > 0);
