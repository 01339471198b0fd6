import type { types } from '@pulumi/kubernetes';
import type { Runs, Workload } from '../workload.ts';
import { isRecreated, mostCopies } from './copies.ts';
import { selectorLabels } from './labels.ts';
import { podTemplate, type PodContext } from './pod.ts';
import { readySeconds } from './rollout-time.ts';
import { persistentVolumes } from './volumes.ts';

/**
 * A service of interchangeable copies. In a rolling update one new copy is ready before an old one goes.
 *
 * @throws when several copies would share a volume.
 */
export function deploymentSpec(
  workload: Workload,
  runs: Extract<Runs, { as: 'service' }>,
  context: PodContext,
): types.input.apps.v1.DeploymentSpec {
  const most = mostCopies(workload);
  if (most > 1 && persistentVolumes(workload).length > 0) {
    throw new Error(`${workload.name} has ${most} copies and one volume; run it as stateful, or as one copy`);
  }
  return {
    // The autoscaler's, where there is one: written here, every update would undo what it did.
    ...(workload.traits?.scaling === undefined && { replicas: runs.replicas }),
    selector: { matchLabels: selectorLabels(workload.name) },
    strategy: isRecreated(workload)
      ? { type: 'Recreate' }
      : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: readySeconds(workload),
    template: podTemplate(workload, context),
  };
}
