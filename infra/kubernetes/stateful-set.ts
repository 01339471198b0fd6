import type { types } from '@pulumi/kubernetes';
import type { Runs, Workload } from '../workload.ts';
import { keepsData } from './data-protection.ts';
import { selectorLabels } from './labels.ts';
import { podTemplate, type PodContext } from './pod.ts';
import { peersName } from './service.ts';
import { claimSpec, persistentVolumes } from './volumes.ts';

/**
 * Copies with names and volumes of their own.
 *
 * The volumes are made by the cluster and are no resources of the program, so that this alone decides what becomes of them: with
 * the trait `keepData` they stay when the set is deleted, else they go with it and `destroy` leaves nothing. Fewer copies never
 * lose data: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
export function statefulSetSpec(
  workload: Workload,
  runs: Extract<Runs, { as: 'stateful' }>,
  context: PodContext,
): types.input.apps.v1.StatefulSetSpec {
  const volumes = persistentVolumes(workload);
  return {
    replicas: runs.replicas,
    serviceName: peersName(workload),
    selector: { matchLabels: selectorLabels(workload.name) },
    podManagementPolicy: runs.start === 'parallel' ? 'Parallel' : 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate' },
    revisionHistoryLimit: 3,
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: keepsData(workload) ? 'Retain' : 'Delete',
      whenScaled: 'Retain',
    },
    ...(volumes.length > 0 && {
      // Immutable, so that labels stay out that could change: the stack's name, the component.
      volumeClaimTemplates: volumes.map((volume) => ({
        metadata: { name: volume.name, labels: selectorLabels(workload.name) },
        spec: claimSpec(volume),
      })),
    }),
    template: podTemplate(workload, context),
  };
}
