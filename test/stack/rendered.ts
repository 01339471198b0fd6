import type { types } from '@pulumi/kubernetes';
import type { Unwrap } from '@pulumi/pulumi';
import type { Manifest } from '../../infra/render/manifest.ts';

/** The spec of a pod, as it is in a manifest. */
export type PodSpec = Unwrap<types.input.core.v1.PodSpec>;
/** A container of a pod, as it is in a manifest. */
export type Container = Unwrap<types.input.core.v1.Container>;
/** The spec of a NetworkPolicy, as it is in a manifest. */
export type NetworkPolicySpec = Unwrap<types.input.networking.v1.NetworkPolicySpec>;
/** The spec of a Service, as it is in a manifest. */
export type ServiceSpec = Unwrap<types.input.core.v1.ServiceSpec>;

type Labels = Readonly<Record<string, string>>;

/** What runs pods. */
export interface RenderedWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'CronJob';
  readonly name: string;
  /** `Deployment/api` */
  readonly title: string;
  /** Labels of its pods. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly pod: PodSpec;
  /** All of them, those that run before the others first. */
  readonly containers: readonly Container[];
  /** Names of the claims that each of its pods has for itself. */
  readonly claimTemplates: readonly string[];
  readonly spec: WorkloadSpec;
}

/** What is read of the specs of what runs pods. */
export interface WorkloadSpec {
  readonly replicas?: number;
  readonly serviceName?: string;
  readonly schedule?: string;
  readonly suspend?: boolean;
  readonly strategy?: Unwrap<types.input.apps.v1.DeploymentStrategy>;
  readonly selector?: { readonly matchLabels: Labels };
}

interface PodTemplate {
  readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
  readonly spec: PodSpec;
}

/** An object with a spec that the caller knows. */
export type WithSpec<Spec> = Manifest & { readonly spec: Spec };

/** The manifests of a stack, to be asked about. */
export class Rendered {
  readonly manifests: readonly Manifest[];
  readonly workloads: readonly RenderedWorkload[];

  constructor(manifests: readonly Manifest[]) {
    this.manifests = manifests;
    this.workloads = manifests.flatMap(readWorkload);
  }

  /** Every object of a kind. */
  all<Spec = unknown>(kind: string): WithSpec<Spec>[] {
    return this.manifests.filter((manifest) => manifest.kind === kind) as WithSpec<Spec>[];
  }

  /** The object of a kind and name. @throws when there is none. */
  get<Spec = unknown>(kind: string, name: string): WithSpec<Spec> {
    const found = this.all<Spec>(kind).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  }

  has(kind: string, name: string): boolean {
    return this.all(kind).some(({ metadata }) => metadata.name === name);
  }

  /** What runs the pods of a name. @throws when there is none. */
  workload(name: string): RenderedWorkload {
    const found = this.workloads.find((workload) => workload.name === name);
    if (found === undefined) throw new Error(`there is no workload ${name}`);
    return found;
  }

  /** What runs pods with these labels. */
  selected(matchLabels: Labels | undefined): RenderedWorkload[] {
    return this.workloads.filter(({ labels }) => isSubset(matchLabels ?? {}, labels));
  }

  /** Fewest copies that there ever are. */
  fewestCopies({ name, spec }: RenderedWorkload): number {
    return this.#autoscaled(name)?.min ?? spec.replicas ?? 0;
  }

  /** Copies by load, whichever autoscaler counts them. */
  #autoscaled(name: string): { min: number; max: number } | undefined {
    for (const { spec } of this.all<AutoscalerSpec>('HorizontalPodAutoscaler')) {
      if (spec.scaleTargetRef.name === name) return { min: spec.minReplicas ?? 1, max: spec.maxReplicas };
    }
    for (const { spec } of this.all<ScaledObjectSpec>('ScaledObject')) {
      if (spec.scaleTargetRef.name === name) return { min: spec.minReplicaCount, max: spec.maxReplicaCount };
    }
    return undefined;
  }
}

/** Whether an object with these labels is selected. */
export const isSubset = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** The spec of a HorizontalPodAutoscaler, as it is in a manifest. */
export type AutoscalerSpec = Unwrap<types.input.autoscaling.v2.HorizontalPodAutoscalerSpec>;

/** What is read of KEDA's ScaledObject. */
export interface ScaledObjectSpec {
  readonly scaleTargetRef: { readonly kind: string; readonly name: string };
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  readonly triggers: readonly { readonly type: string; readonly metadata: Readonly<Record<string, string>> }[];
}

function readWorkload({ kind, metadata, spec }: Manifest): RenderedWorkload[] {
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'CronJob') return [];
  const own = spec as WorkloadSpec & {
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
  const template = own.template ?? own.jobTemplate?.spec.template;
  if (template === undefined) throw new Error(`${kind} ${metadata.name} has no template of its pods`);
  return [
    {
      kind,
      name: metadata.name,
      title: `${kind}/${metadata.name}`,
      labels: template.metadata.labels,
      annotations: template.metadata.annotations ?? {},
      pod: template.spec,
      containers: [...(template.spec.initContainers ?? []), ...template.spec.containers],
      claimTemplates: (own.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name),
      spec: own,
    },
  ];
}
