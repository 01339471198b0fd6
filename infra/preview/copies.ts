import { groupOf, type Manifest } from '../render/manifest.ts';
import { at, countAt, textAt } from './untyped.ts';

/** How many copies of a workload there are meant to be; both are equal where nothing scales it. */
export interface Copies {
  readonly fewest: number;
  readonly most: number;
}

/** Whether copies of it run all the time. */
export const runsCopies = (object: Manifest): boolean =>
  groupOf(object) === 'apps' && ['Deployment', 'StatefulSet', 'ReplicaSet'].includes(object.kind);

/**
 * The copies of a workload: what its HorizontalPodAutoscaler or ScaledObject allows, else its own number. Defaults are those of
 * Kubernetes (1) and KEDA (0 to 100): https://keda.sh/docs/latest/reference/scaledobject-spec/
 */
export function copiesOf(workload: Manifest, objects: readonly Manifest[]): Copies {
  const scaler = objects.find((each) => scales(each, workload));
  if (scaler?.kind === 'ScaledObject') {
    return {
      fewest: countAt(scaler, 'spec', 'minReplicaCount') ?? 0,
      most: countAt(scaler, 'spec', 'maxReplicaCount') ?? 100,
    };
  }
  if (scaler !== undefined) {
    const fewest = countAt(scaler, 'spec', 'minReplicas') ?? 1;
    return { fewest, most: countAt(scaler, 'spec', 'maxReplicas') ?? fewest };
  }
  const replicas = countAt(workload, 'spec', 'replicas') ?? 1;
  return { fewest: replicas, most: replicas };
}

function scales(scaler: Manifest, workload: Manifest): boolean {
  const isScaler =
    (scaler.kind === 'HorizontalPodAutoscaler' && groupOf(scaler) === 'autoscaling') ||
    (scaler.kind === 'ScaledObject' && groupOf(scaler) === 'keda.sh');
  const target = at(scaler, 'spec', 'scaleTargetRef');
  return (
    isScaler &&
    scaler.metadata.namespace === workload.metadata.namespace &&
    (textAt(target, 'kind') ?? 'Deployment') === workload.kind &&
    textAt(target, 'name') === workload.metadata.name
  );
}
