import { titleOf, type Identified, type KubernetesObject } from './object.ts';

/** How many copies of a workload run when all is well. */
export interface Copies {
  readonly least: number;
  readonly most: number;
  /** The autoscaler that decides between them; nothing where the workload itself says the number. */
  readonly autoscaler?: Identified;
}

interface ScalerSpec {
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
}

/** Whether an autoscaler of the same namespace scales a workload. A ScaledObject that names no kind means a Deployment. */
export function scales(autoscaler: KubernetesObject, workload: KubernetesObject): boolean {
  const { kind = 'Deployment', name } = (autoscaler.spec as ScalerSpec | undefined)?.scaleTargetRef ?? {};
  return kind === workload.kind && name !== undefined && name === workload.metadata?.name;
}

/**
 * The copies that an autoscaler keeps. A HorizontalPodAutoscaler has at least 1 where it says nothing, and must say its most; a
 * ScaledObject has 0 to 100.
 *
 * Source: https://keda.sh/docs/latest/reference/scaledobject-spec/
 */
export function autoscaledCopies(autoscaler: Identified): Copies {
  const { kind, spec } = autoscaler.object;
  const {
    minReplicas = 1,
    maxReplicas = minReplicas,
    minReplicaCount = 0,
    maxReplicaCount = 100,
  } = (spec ?? {}) as ScalerSpec;
  return kind === 'ScaledObject'
    ? { least: minReplicaCount, most: maxReplicaCount, autoscaler }
    : { least: minReplicas, most: maxReplicas, autoscaler };
}

/** The most copies that run, as a message says it: `3 copies`, `up to 10 copies (ScaledObject shop/web)`. */
export const describeMost = ({ most, autoscaler }: Copies): string =>
  autoscaler === undefined ? `${most} copies` : `up to ${most} copies (${titleOf(autoscaler.object)})`;
