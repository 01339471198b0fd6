import type { types } from '@pulumi/kubernetes';
import type { Runs, Workload } from '../workload.ts';
import { selectorLabels } from './labels.ts';
import { podTemplate, type PodContext } from './pod.ts';
import { readySeconds } from './rollout-time.ts';
import { persistentVolumes } from './volumes.ts';

/**
 * A service of interchangeable copies. In a rolling update one new copy is ready before an old one goes. One with a volume is
 * recreated instead, whatever it says: two pods on two nodes cannot both have a ReadWriteOnce volume, and each would wait for
 * the other.
 *
 * @throws when several copies would share such a volume.
 */
export function deploymentSpec(
  workload: Workload,
  runs: Extract<Runs, { as: 'service' }>,
  context: PodContext,
): types.input.apps.v1.DeploymentSpec {
  const scaling = workload.traits?.scaling;
  const hasVolume = persistentVolumes(workload).length > 0;
  const most = scaling?.max ?? runs.replicas;
  if (hasVolume && most > 1) {
    throw new Error(`${workload.name} has ${most} copies and one volume; run it as stateful, or as one copy`);
  }
  return {
    // The autoscaler's, where there is one: written here, every update would undo what it did.
    ...(scaling === undefined && { replicas: runs.replicas }),
    selector: { matchLabels: selectorLabels(workload.name) },
    strategy:
      hasVolume || runs.update === 'recreate'
        ? { type: 'Recreate' }
        : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: readySeconds(workload),
    template: podTemplate(workload, context),
  };
}
