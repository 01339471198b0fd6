import { parseQuantity } from '../quantity.ts';
import type { FieldChange } from './compare.ts';
import type { Manifest } from './manifest.ts';

/** What applying a change does beyond the change itself. */
export interface Impact {
  /** `replace`: Kubernetes refuses the change, the object must be deleted and made anew. `restart`: its pods are made anew. */
  readonly kind: 'replace' | 'restart';
  readonly reason: string;
}

/** Fields that may change in place, where all others of the same parent may not. */
const changeable: Readonly<Record<string, RegExp>> = {
  // https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/
  StatefulSet:
    /^spec\.(replicas|ordinals|template|updateStrategy|persistentVolumeClaimRetentionPolicy|minReadySeconds)\b/,
  Job: /^spec\.(parallelism|suspend|activeDeadlineSeconds|backoffLimit|ttlSecondsAfterFinished)\b/,
  // Claims may grow where their storage class allows it.
  PersistentVolumeClaim: /^spec\.(resources\.requests\.storage|volumeAttributesClassName)\b/,
};

/** Fields that may not change in place, by kind. */
const immutable: Readonly<Record<string, RegExp>> = {
  Deployment: /^spec\.selector\b/,
  Service: /^spec\.(clusterIP|clusterIPs)\b/,
  RoleBinding: /^roleRef\b/,
  ClusterRoleBinding: /^roleRef\b/,
  Secret: /^type$/,
};

/** What a change of these fields does to the object; nothing for a change in place. */
export function impactOf(before: Manifest, fields: readonly FieldChange[]): Impact | undefined {
  const { kind } = before;
  const fixed = fields.find(({ path }) => isFixed(kind, path));
  if (fixed) return { kind: 'replace', reason: `${fixed.path} cannot change in place${withVolumes(before)}` };
  const shrunk = kind === 'PersistentVolumeClaim' ? fields.find(isSmaller) : undefined;
  if (shrunk) return { kind: 'replace', reason: `${shrunk.path} cannot shrink` };
  if (
    (kind === 'Deployment' || kind === 'StatefulSet') &&
    fields.some(({ path }) => path.startsWith('spec.template'))
  ) {
    return { kind: 'restart', reason: 'its pod template changes' };
  }
  return undefined;
}

const withVolumes = (manifest: Manifest): string =>
  deletesVolumes(manifest) ? ', and its volumes with their data go with it' : '';

/** Whether the claims of a StatefulSet go with it, by its own retention policy; else they stay. */
function deletesVolumes({ kind, spec }: Manifest): boolean {
  const policy = (spec as { persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string } } | undefined)
    ?.persistentVolumeClaimRetentionPolicy;
  return kind === 'StatefulSet' && policy?.whenDeleted === 'Delete';
}

/** What the removal of an object takes with it; nothing for most kinds. */
export function lossOf(manifest: Manifest): string | undefined {
  const { kind } = manifest;
  if (kind === 'PersistentVolumeClaim') return 'its data goes with it, unless the volume is retained';
  if (deletesVolumes(manifest)) return 'its volumes go with their data';
  if (kind === 'Namespace') return 'everything in it goes with it';
  return undefined;
}

function isFixed(kind: string, path: string): boolean {
  if (immutable[kind]?.test(path)) return true;
  const may = changeable[kind];
  return may !== undefined && path.startsWith('spec.') && !may.test(path);
}

function isSmaller({ path, before, after }: FieldChange): boolean {
  if (path !== 'spec.resources.requests.storage' || typeof before !== 'string' || typeof after !== 'string')
    return false;
  return parseQuantity(after) < parseQuantity(before);
}
