import type { KubernetesObject, ObjectMeta } from './object.ts';
import type { LabelSelector } from './selector.ts';

/** The security context of a pod or a container, as far as a rule reads it. */
export interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly privileged?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
}

interface KeyReference {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

interface ObjectReference {
  readonly name?: string;
  readonly optional?: boolean;
}

/** One variable of a container's environment. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: KeyReference; readonly configMapKeyRef?: KeyReference };
}

/** Quantities of what a container, or a whole pod, needs and may use: `500m`, `1Gi`. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string | number>>;
  readonly limits?: Readonly<Record<string, string | number>>;
}

/** A container, as far as a rule reads it. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  /** `Always` makes an init container one that runs beside the others. */
  readonly restartPolicy?: string;
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly {
    readonly prefix?: string;
    readonly secretRef?: ObjectReference;
    readonly configMapRef?: ObjectReference;
  }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number; readonly hostPort?: number }[];
  readonly livenessProbe?: unknown;
  readonly readinessProbe?: unknown;
  readonly lifecycle?: {
    readonly preStop?: {
      readonly sleep?: { readonly seconds?: number };
      readonly exec?: { readonly command?: readonly string[] };
    };
  };
  readonly resources?: Resources;
  readonly securityContext?: SecurityContext;
}

/** A volume of a pod, as far as a rule reads it. */
export interface Volume {
  readonly name: string;
  readonly configMap?: ObjectReference;
  readonly hostPath?: { readonly path?: string };
  readonly image?: { readonly reference?: string };
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly secret?: {
    readonly secretName?: string;
    readonly optional?: boolean;
    readonly items?: readonly KeyReference[];
  };
  readonly projected?: {
    readonly sources?: readonly {
      readonly secret?: ObjectReference & { readonly items?: readonly KeyReference[] };
      readonly serviceAccountToken?: unknown;
    }[];
  };
}

/** Which pods a constraint about places means. */
export interface PodTerm {
  readonly labelSelector?: LabelSelector;
}

/** What a pod consists of, as far as a rule reads it. */
export interface PodSpec {
  readonly affinity?: {
    readonly podAntiAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodTerm[];
      readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly podAffinityTerm?: PodTerm }[];
    };
  };
  readonly automountServiceAccountToken?: boolean;
  readonly containers?: readonly Container[];
  readonly ephemeralContainers?: readonly Container[];
  readonly hostIPC?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly initContainers?: readonly Container[];
  readonly os?: { readonly name?: string };
  /** Shared by the containers. */
  readonly resources?: Resources;
  readonly restartPolicy?: string;
  readonly securityContext?: SecurityContext;
  readonly serviceAccountName?: string;
  /** What `serviceAccountName` was called once. */
  readonly serviceAccount?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly PodTerm[];
  readonly volumes?: readonly Volume[];
}

/** A pod, or the template of the pods of a workload. */
export interface Pod {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
}

type FindTemplate = (spec: Template) => Partial<Pod> | undefined;

const template: FindTemplate = ({ template }) => template;

/** Kinds whose objects have a template of pods, by where it is. */
const templates: ReadonlyMap<string, FindTemplate> = new Map([
  ['CronJob', ({ jobTemplate }: Template) => jobTemplate?.spec?.template],
  ['DaemonSet', template],
  ['Deployment', template],
  ['Job', template],
  ['ReplicaSet', template],
  ['ReplicationController', template],
  ['ScaledJob', ({ jobTargetRef }: Template) => jobTargetRef?.template],
  ['StatefulSet', template],
]);

interface Template {
  readonly template?: Partial<Pod>;
  readonly jobTemplate?: { readonly spec?: { readonly template?: Partial<Pod> } };
  readonly jobTargetRef?: { readonly template?: Partial<Pod> };
}

/** Groups whose kinds of these names are Kubernetes' own, or KEDA's; others may mean something else by them. */
const workloadVersion = /^(v1|(apps|batch|keda\.sh)\/v\w+)$/;

/** The pods that an object makes; nothing for one that makes none. */
export function podOf({ apiVersion = '', kind = '', metadata, spec }: KubernetesObject): Pod | undefined {
  if (!workloadVersion.test(apiVersion)) return undefined;
  if (kind === 'Pod') return { metadata: metadata ?? {}, spec: spec ?? {} };
  const find = templates.get(kind);
  if (find === undefined) return undefined;
  const pod = find(spec ?? {});
  return { metadata: pod?.metadata ?? {}, spec: pod?.spec ?? {} };
}

/**
 * A pod that does not say that it runs on Windows, where there are neither system calls nor privileges of Linux, and the API server
 * refuses their fields.
 *
 * Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/#os-specific-policy-controls
 */
export const onLinux = (pod: Pod | undefined): Pod | undefined => (pod?.spec.os?.name === 'windows' ? undefined : pod);

/** A container with what it is called in messages: `container "web"`, `init container "migrate"`. */
export interface NamedContainer {
  readonly kind: 'init container' | 'container' | 'ephemeral container';
  readonly container: Container;
  readonly title: string;
}

/** Every container of a pod, those that prepare it first; none where there is no pod. */
export function containersOf(pod: Pod | undefined): NamedContainer[] {
  const spec = pod?.spec ?? {};
  const named = (kind: NamedContainer['kind'], list: readonly Container[] | undefined) =>
    (list ?? []).map((container) => ({ kind, container, title: `${kind} "${container.name}"` }));
  return [
    ...named('init container', spec.initContainers),
    ...named('container', spec.containers),
    ...named('ephemeral container', spec.ephemeralContainers),
  ];
}

/** Whether a container runs until its pod ends: an init container does where it is restarted always, an ephemeral one never. */
export const runsWithPod = ({ kind, container }: NamedContainer): boolean =>
  kind === 'container' || (kind === 'init container' && container.restartPolicy === 'Always');
