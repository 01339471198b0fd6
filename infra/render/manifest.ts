import { stringify } from 'yaml';

/** A Kubernetes object as plain data. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** API group of an object; empty for the oldest kinds. */
export const groupOf = ({ apiVersion }: Manifest): string => /^(.*)\//.exec(apiVersion)?.[1] ?? '';

/** First line of every rendered file: how a later render knows which files are its own. */
export const fileHeader = '# Made by `npm run render`.';

/** Names the keys of a Secret whose values are left out. */
export const secretKeysAnnotation = 'ballast.dev/secret-keys';

/**
 * A registered resource's inputs as the manifest that is written: no value of a Secret, no annotation that only Pulumi reads,
 * no absent field.
 */
export function toManifest(inputs: Readonly<Record<string, unknown>>): Manifest {
  const manifest = toWholeManifest(inputs);
  return isSecret(manifest) ? withoutValues(manifest) : manifest;
}

/** Whether it is a Secret of Kubernetes' own. */
export const isSecret = ({ kind, apiVersion }: Manifest): boolean => kind === 'Secret' && apiVersion === 'v1';

/** {@link toManifest} with the values of a Secret, as it is applied and never written. */
export function toWholeManifest(inputs: Readonly<Record<string, unknown>>): Manifest {
  const manifest = withoutAbsent(inputs) as Manifest;
  const annotations = Object.fromEntries(
    Object.entries(manifest.metadata.annotations ?? {}).filter(([key]) => !key.startsWith('pulumi.com/')),
  );
  const { annotations: _, ...metadata } = manifest.metadata;
  const kept = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...manifest, metadata: { ...metadata, ...kept } };
}

function withoutValues({ data, stringData, ...secret }: Manifest): Manifest {
  const keys = [...new Set([...Object.keys(data ?? {}), ...Object.keys(stringData ?? {})])].sort();
  const annotations = { ...secret.metadata.annotations, [secretKeysAnnotation]: keys.join(',') };
  return { ...secret, metadata: { ...secret.metadata, annotations } };
}

function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutAbsent(inner)]));
}

/**
 * Kinds in the order in which they are applied: what others refer to comes first, and custom resources come last, after the
 * objects that they point at.
 */
const kindOrder = [
  'Namespace',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
  'NetworkPolicy',
  'Service',
  'Deployment',
  'StatefulSet',
  'Job',
  'CronJob',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'Ingress',
];

/** Place of an object among those that are applied: of two, the one with the lower comes first. */
export function applyRank({ kind }: Manifest): number {
  const place = kindOrder.indexOf(kind);
  return place === -1 ? kindOrder.length : place;
}

/** Two digits by kind, then kind and name: `kubectl apply -f DIR` goes through files in the order of their names. */
export function fileName(manifest: Manifest): string {
  const { kind, metadata } = manifest;
  return `${String(applyRank(manifest)).padStart(2, '0')}-${kind.toLowerCase()}-${metadata.name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}.yaml`;
}

/** A manifest as YAML: the same text for the same object, whatever the order of its keys. */
export function toYaml(manifest: Manifest): string {
  const first = ['apiVersion', 'kind', 'metadata', 'name', 'namespace'];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  const text = stringify(manifest, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    sortMapEntries: (a, b) => {
      const [left, right] = [String(a.key), String(b.key)];
      return rank(left) - rank(right) || (left < right ? -1 : 1);
    },
  });
  return `${fileHeader}\n${text}`;
}
