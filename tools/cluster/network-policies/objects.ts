import type { Labels, LabelSelector } from '../../../policies/kubernetes/selector.ts';

// The objects of Kubernetes that decide who may connect to whom, as far as the enforcer looks at them.

/** A namespace. */
export interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Labels };
}

/** TCP where none is said. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** A container of a pod. */
interface Container {
  /** Ports that it says it listens on. */
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: Protocol;
  }[];
  /** `Always` makes a sidecar of an init container. */
  readonly restartPolicy?: string;
}

/** A pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Labels;
  };
  readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
}

/** Whom a rule lets in, or lets out to. */
export interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** A port that a rule opens. */
export interface PolicyPort {
  readonly protocol?: Protocol;
  /** A number, or the name of a container's port. All where absent. */
  readonly port?: number | string;
  readonly endPort?: number;
}

/** See https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/. */
export interface NetworkPolicy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: LabelSelector;
    /** The API server fills it in. */
    readonly policyTypes: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
    readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
  };
}

/** All of them, in all namespaces. */
export interface Objects {
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly policies: readonly NetworkPolicy[];
}

/** Uids of the pods that have an address of their own, by address. */
export type Owners = ReadonlyMap<string, string>;
