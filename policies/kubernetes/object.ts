/** Metadata of an object, as far as a rule reads it. */
export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One Kubernetes object of a program, of any kind, as the program says it. What is not said is absent, not null. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: unknown;
  /** Of a Secret: what it is for. */
  readonly type?: string;
  /** Of a ServiceAccount: whether its pods get its token, where they say nothing themselves. */
  readonly automountServiceAccountToken?: boolean;
  /** Of ConfigMaps and Secrets. */
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  /** Of ConfigMaps, in base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** An object with what tells it from all others of a program. */
export interface Identified {
  readonly object: KubernetesObject;
  /** Where it comes from: the URN of its resource; a file's name where there is none. */
  readonly source: string;
  /** Paths of the fields that a deployment leaves as they are in the cluster, as the resource option of that name: `spec.replicas`. */
  readonly ignoreChanges?: readonly string[];
}

/** How an object is called in messages: `Deployment shop/web`; `Namespace shop` where it is in none. */
export function titleOf({ kind = 'object', metadata }: KubernetesObject): string {
  const { name = '(named by Pulumi)', namespace } = metadata ?? {};
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** Kubernetes' own, where an object names none. */
const defaultNamespace = 'default';

/** Namespace of an object; of one that is in none, as a Namespace itself, it means nothing. */
export const namespaceOf = ({ metadata }: KubernetesObject): string => metadata?.namespace || defaultNamespace;

/** API group of an object. That of the core kinds is empty. */
export const groupOf = ({ apiVersion = '' }: KubernetesObject): string => /^(.*)\//.exec(apiVersion)?.[1] ?? '';

/** Whether an object has a kind of an API group, in whatever version. The group of core kinds is empty. */
export const isKind = (object: KubernetesObject, group: string, kind: string): boolean =>
  object.kind === kind && groupOf(object) === group;
