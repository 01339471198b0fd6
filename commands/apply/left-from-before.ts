import { groupOf, type Manifest } from '../../infra/render/manifest.ts';
import type { Kubectl } from '../kubectl.ts';
import { fieldManager, idOf } from './apply-objects.ts';

/** Kinds that every cluster has; others are asked for while the stack has an object of theirs. */
const everywhere = [
  'deployment.apps',
  'statefulset.apps',
  'cronjob.batch',
  'service',
  'ingress.networking.k8s.io',
  'networkpolicy.networking.k8s.io',
  'poddisruptionbudget.policy',
  'horizontalpodautoscaler.autoscaling',
  'configmap',
  'secret',
  'serviceaccount',
  'role.rbac.authorization.k8s.io',
  'rolebinding.rbac.authorization.k8s.io',
];

/**
 * What was applied to a namespace and is not of its stack any more, as kubectl names objects: `deployment.apps/mlflow`. Claims are
 * not among it: they hold data.
 *
 * @param manifests What the stack has now.
 * @throws {Failure} as kubectl does.
 */
export async function leftFromBefore(
  kubectl: Kubectl,
  namespace: string,
  manifests: readonly Manifest[],
): Promise<string[]> {
  const own = manifests.filter(({ kind, metadata }) => metadata.namespace === namespace && kind !== claim);
  const kinds = new Set([...everywhere, ...own.map(kindOf)]);
  const selected = [
    '--namespace',
    namespace,
    '--selector',
    'app.kubernetes.io/part-of=ballast',
    '--show-managed-fields',
  ];
  const get = ['get', [...kinds].join(), ...selected];
  const { items } = await kubectl.json<{ readonly items: readonly Manifest[] }>(get);
  const wanted = new Set(own.map(idOf));
  const left = items.filter((each) => isApplied(each) && !wanted.has(idOf(each)));
  return left.map((each) => `${kindOf(each)}/${each.metadata.name}`);
}

const claim = 'PersistentVolumeClaim';

/** As kubectl takes it: `deployment.apps`, `service`. */
const kindOf = (manifest: Manifest) =>
  [manifest.kind.toLowerCase(), groupOf(manifest)].filter((each) => each !== '').join('.');

/** Whether it was applied here, and not made by a controller with the labels of what it made it for. */
function isApplied({ metadata }: Manifest): boolean {
  const { managedFields = [] } = metadata as { managedFields?: readonly { manager: string }[] };
  return managedFields.some(({ manager }) => manager === fieldManager);
}
