import type { Input } from '@pulumi/pulumi';
import type { Connection, Source } from './connection.ts';
import type { SecretReference } from './secret.ts';

/**
 * What a platform runs for a part, as plain data: computed from the part's arguments alone, the same for every platform.
 * `kubernetes/` and later `docker/` each realise it.
 */
export interface Workload {
  /** DNS label of at most 40 characters, unique in the stack: the name of its objects and its host name for others. */
  readonly name: string;
  /** What it is in the stack, for the label `app.kubernetes.io/component`: `vector-store`, `cache`. */
  readonly component: string;
  readonly runs: Runs;
  /** The first is the main one; the others stand beside it and share its network and its volumes. */
  readonly containers: readonly [Container, ...Container[]];
  /** Run one after the other before the containers start. */
  readonly preparation?: readonly Container[];
  readonly volumes?: readonly Volume[];
  /** Numeric ids, since `runAsNonRoot` needs them. The group owns the volumes. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Who may be called. Everything else is denied. */
  readonly connections: readonly Connection[];
  /** Who may call from outside the stack; callers inside say so by their own `connections`. */
  readonly admits?: readonly Source[];
  readonly stopping?: Stopping;
  readonly traits?: Traits;
  /** Rules of the policy pack that it does not meet, each with the reason why it may. */
  readonly policyExceptions?: Readonly<Record<string, string>>;
}

/** How a workload runs. */
export type Runs =
  /** Interchangeable copies. `replicas` is left to the autoscaler when there is the trait `scaling`. */
  | { readonly as: 'service'; readonly replicas: number; readonly update?: 'rolling' | 'recreate' }
  /** Copies with a name and volumes of their own: `<name>-0.<name>-peers` and so on. */
  | { readonly as: 'stateful'; readonly replicas: number; readonly start?: 'ordered' | 'parallel' }
  /** On a schedule (cron, UTC); `suspended` ones run only when an operator makes a job from them. */
  | {
      readonly as: 'schedule';
      readonly cron: string;
      readonly suspended?: boolean;
      /** Most seconds of one run. */
      readonly deadlineSeconds: number;
      /** Further tries of a failed run. @default 2 */
      readonly retries?: number;
    };

/** One container of a workload. Its root file system is read-only: what it writes is a volume. */
export interface Container {
  readonly name: string;
  /** Reference with tag, and digest where known. An output only where the program builds the image itself. */
  readonly image: Input<string>;
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Plain settings. `$(NAME)` stands for a variable of the two tables below, which the platform puts before these. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly secretEnvironment?: Readonly<Record<string, SecretReference>>;
  /** What only the running copy knows; `name` is its host name among its peers: `qdrant-0`. */
  readonly environmentFromPod?: Readonly<Record<string, 'name'>>;
  readonly ports?: readonly Port[];
  /** Path in the container by name of the volume. */
  readonly mounts?: Readonly<Record<string, string>>;
  readonly probes?: Probes;
  readonly resources: Resources;
}

/** A TCP port that a container listens on. */
export interface Port {
  /** At most 15 characters: `http`, `grpc`, `metrics`. */
  readonly name: string;
  readonly number: number;
  /** UDP only where the protocol needs it. @default 'TCP' */
  readonly protocol?: 'TCP' | 'UDP';
  /** The port serves Prometheus metrics. */
  readonly metrics?: Metrics;
  /** Only the copies of this workload call it (clustering); it is on the peers' service alone. */
  readonly peersOnly?: boolean;
}

/**
 * How a port's metrics are read. Every workload that has such a port has a headless service `<name>-peers` that publishes the
 * addresses of all its copies, ready or not, whatever it runs as: Prometheus finds each copy through DNS (A records), behind
 * the ClusterIP it would meet any one of them, and it needs no access to the Kubernetes API.
 */
export interface Metrics {
  /** @default '/metrics' */
  readonly path?: string;
  /** Bearer token to show. */
  readonly bearer?: SecretReference;
  /** Prometheus's name of the job; the workload's name unless set. */
  readonly job?: string;
  /** The series tell of other things than the one that serves them, so that their own labels win. @default false */
  readonly honorLabels?: boolean;
}

/** How the platform asks after a container. Seconds; each period and failure count is explicit. */
export interface Probes {
  readonly startup?: Probe;
  readonly liveness?: LivenessProbe;
  readonly readiness?: Probe;
}

/** One question of the platform. HTTP wherever the image has no shell; `port` is a port's name. */
export type Probe = (
  | { readonly http: { readonly path: string; readonly port: string } }
  | { readonly tcp: { readonly port: string } }
  | { readonly grpc: { readonly port: number; readonly service?: string } }
  | { readonly command: readonly string[] }
) & {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
};

/** Kubernetes ends and restarts a container that fails it. */
export type LivenessProbe = Probe & {
  /** Seconds until SIGKILL after that, in place of those of {@link Stopping}: what hangs ends nothing that it has begun. */
  readonly graceSeconds?: number;
};

/** Kubernetes quantities. Limits are everywhere; requests are at most the limits. */
export interface Resources {
  readonly cpu: { readonly request: string; readonly limit: string };
  readonly memory: { readonly request: string; readonly limit: string };
}

/** A volume of a workload; containers mount it by `name`. */
export type Volume =
  /** Data that outlives the pod. A `stateful` workload has one for each copy; others have one claim, `<workload>-<volume>`. */
  | {
      readonly kind: 'persistent';
      readonly name: string;
      readonly size: string;
      readonly storageClass?: string | undefined;
    }
  /** An existing claim of another workload, for jobs. */
  | { readonly kind: 'claim'; readonly name: string; readonly claim: string }
  /** Gone with the pod. `inMemory` counts against the memory limit. */
  | { readonly kind: 'scratch'; readonly name: string; readonly size: string; readonly inMemory?: boolean }
  /** Configuration, read-only: text by file name. No secret may be in it. */
  | { readonly kind: 'files'; readonly name: string; readonly files: Readonly<Record<string, string>> }
  /** Keys of a secret as files, read-only: file name by key. */
  | {
      readonly kind: 'secret-files';
      readonly name: string;
      readonly secret: string;
      readonly keys: Readonly<Record<string, string>>;
    };

/** How a workload ends: routes are withdrawn for `delaySeconds`, then SIGTERM, then `graceSeconds` in all until SIGKILL. */
export interface Stopping {
  readonly delaySeconds?: number;
  readonly graceSeconds: number;
}

/** What only some workloads have, and what a platform without it leaves out. */
export interface Traits {
  readonly scaling?: Scaling;
  /** Copies that a voluntary disruption (a drained node) must leave. Also spreads the copies over nodes and zones. */
  readonly minAvailable?: number;
  /** Rights at the Kubernetes API; without them a pod holds no token. */
  readonly kubernetesAccess?: KubernetesAccess;
  /** The data of its persistent volumes is protected and survives `destroy`. */
  readonly keepData?: boolean;
}

/** Copies by load. */
export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** Percent of the request. */
  readonly cpuPercent: number;
  /** Percent of the request. */
  readonly memoryPercent: number;
  /** A PromQL query whose value is the load of all copies, and what one copy bears. Needs KEDA and Prometheus. */
  readonly load?: { readonly query: string; readonly perReplica: number; readonly prometheusUrl: string };
  /** Seconds of lower load before a copy is taken away. @default 300 */
  readonly scaleDownSeconds?: number;
}

/** Rights at the Kubernetes API, by `PolicyRule`. */
export interface KubernetesAccess {
  readonly scope: 'namespace' | 'cluster';
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}
