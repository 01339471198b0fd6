import type { Manifest } from '../../infra/render/manifest.ts';
import type { Kubectl } from '../kubectl.ts';

/** A workload of a stack, and how far it is. */
export interface Rollout {
  readonly workload: string;
  readonly kind: string;
  readonly ready: number;
  readonly wanted: number;
  readonly isDone: boolean;
  /** What one of its pods waits for; empty when none does. */
  readonly waitsFor: string;
}

interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    /** Of a Deployment: with those of before, which are to go. */
    readonly replicas?: number;
  };
}

interface Pod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state: { readonly waiting?: { readonly reason: string }; readonly running?: object };
}

/**
 * How far the Deployments and StatefulSets of a stack are, by name.
 *
 * @param manifests What the stack has; others in the namespace are left from before.
 * @throws {Failure} as kubectl does.
 */
export async function rollouts(
  kubectl: Kubectl,
  namespace: string,
  manifests: readonly Manifest[],
): Promise<Rollout[]> {
  const get = async <T>(kinds: string) => {
    const own = ['--namespace', namespace, '--selector', 'app.kubernetes.io/part-of=ballast'];
    return (await kubectl.json<{ readonly items: readonly T[] }>(['get', kinds, ...own])).items;
  };
  const [workloads, pods] = await Promise.all([get<Workload>('deployments,statefulsets'), get<Pod>('pods')]);
  const own = new Set(manifests.map(nameOf));
  return workloads
    .filter((workload) => own.has(nameOf(workload)))
    .map((workload) => rolloutOf(workload, pods))
    .sort((a, b) => (a.workload < b.workload ? -1 : 1));
}

const nameOf = ({ kind, metadata }: Manifest | Workload) => `${kind}/${metadata.name}`;

function rolloutOf({ kind, metadata, spec, status }: Workload, pods: readonly Pod[]): Rollout {
  const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0, replicas = 0 } = status;
  const wanted = spec.replicas;
  const isCurrent = observedGeneration >= metadata.generation && updatedReplicas === wanted && replicas === wanted;
  const own = pods.filter(({ metadata: { labels } }) => labels?.['app.kubernetes.io/name'] === metadata.name);
  return {
    workload: metadata.name,
    kind,
    ready: readyReplicas,
    wanted,
    isDone: isCurrent && readyReplicas === wanted,
    waitsFor: own.map(reason).find((each) => each !== '') ?? '',
  };
}

/** Why a pod is not ready; empty when it is, or has ended well. */
function reason({ status }: Pod): string {
  const condition = (type: string) => status.conditions?.find((each) => each.type === type);
  if (condition('Ready')?.status === 'True' || status.phase === 'Succeeded') return '';
  const unscheduled = condition('PodScheduled');
  if (unscheduled?.status === 'False') return unscheduled.message ?? 'no node';
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const waiting = containers.find(({ state }) => state.waiting !== undefined);
  if (waiting?.state.waiting) return `${waiting.name}: ${waiting.state.waiting.reason}`;
  const unready = containers.find(({ ready, state }) => !ready && state.running !== undefined);
  return unready ? `${unready.name} is not ready` : status.phase;
}
