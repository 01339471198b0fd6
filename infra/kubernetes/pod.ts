import type { types } from '@pulumi/kubernetes';
import type { Workload } from '../workload.ts';
import { configurationChecksum } from './configuration.ts';
import { containerSpec, withDelayedStop } from './container.ts';
import { topologySpread } from './disruption.ts';
import { workloadLabels, type Labels } from './labels.ts';
import { rotations, type Secrets } from './secret-references.ts';
import { podVolumes } from './volumes.ts';

/** What a pod depends on beside its workload. */
export interface PodContext {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** Every secret of the stack. */
  readonly secrets: Secrets;
}

/** Kubernetes' own, written down where a workload does not say how it stops. */
const defaultGraceSeconds = 30;

/** A pod's template, with a part of each kind. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Labels; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: types.input.core.v1.PodSpec;
}

/**
 * The pod of a workload. Without asking it runs as a user who is not root, may write only to its volumes, holds no token for
 * the API server and no variable about other Services. Its annotations change, and with them the pods, when its configuration
 * or a secret's counter does.
 *
 * @throws when the workload runs as root, or is killed before its delay is over.
 */
export function podTemplate(workload: Workload, { stack, secrets }: PodContext): PodTemplate {
  const { uid, gid } = workload.user;
  if (uid === 0) throw new Error(`${workload.name} runs as user 0; every workload runs as a user who is not root`);
  const { delaySeconds = 0, graceSeconds } = workload.stopping ?? { graceSeconds: defaultGraceSeconds };
  if (delaySeconds >= graceSeconds) {
    throw new Error(`${workload.name} waits ${delaySeconds} s before it stops, but is killed after ${graceSeconds} s`);
  }
  const rotation = rotations(workload, secrets);
  const spread = topologySpread(workload);
  const volumes = podVolumes(workload);
  return {
    metadata: {
      labels: workloadLabels(workload, stack),
      annotations: {
        'ballast.dev/configuration': configurationChecksum(workload),
        ...(rotation !== undefined && { 'ballast.dev/rotation': rotation }),
      },
    },
    spec: {
      serviceAccountName: workload.name,
      automountServiceAccountToken: workload.traits?.kubernetesAccess !== undefined,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: gid,
        fsGroup: gid,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(spread.length > 0 && { topologySpreadConstraints: spread }),
      ...(workload.preparation && {
        initContainers: workload.preparation.map((container) => containerSpec(workload, container)),
      }),
      containers: workload.containers.map((container) =>
        withDelayedStop(containerSpec(workload, container), delaySeconds),
      ),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}
