import type * as pulumi from '@pulumi/pulumi';
import type { KubernetesAccess, Workload } from '../workload.ts';
import type { Labels } from './labels.ts';
import type { PartObjects } from './part-objects.ts';

/** Where a workload's rights hold. */
export interface AccessContext {
  readonly objects: PartObjects;
  /** The stack's namespace, by name. */
  readonly namespace: string;
  readonly labels: Labels;
  /** Names of the Secrets with which images are fetched. */
  readonly pullSecrets: readonly string[];
}

/**
 * A workload's own service account, and its rights at the API server where it has the trait `kubernetesAccess`. Nobody else's
 * pod has them; the account's token is mounted by the pod that asks for it, not by the account.
 *
 * @returns everything that its pods need before they start.
 */
export function access(
  workload: Workload,
  { objects, namespace, labels, pullSecrets }: AccessContext,
): pulumi.Resource[] {
  const { name, traits } = workload;
  const imagePullSecrets = pullSecrets.map((secret) => ({ name: secret }));
  const body = { automountServiceAccountToken: false, ...(imagePullSecrets.length > 0 && { imagePullSecrets }) };
  const account = objects.make('serviceAccount', { name, labels }, body);
  if (traits?.kubernetesAccess === undefined) return [account];
  const { scope, rules } = traits.kubernetesAccess;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  if (scope === 'namespace') {
    const role = objects.make('role', { name, labels }, { rules: policyRules(rules) });
    return [account, role, objects.make('roleBinding', { name, labels }, { roleRef: roleRef('Role', name), subjects })];
  }
  // What no namespace has carries the namespace in its name.
  const identity = { name: `${namespace}-${name}`, labels, clusterWide: true };
  const role = objects.make('clusterRole', identity, { rules: policyRules(rules) });
  const binding = { roleRef: roleRef('ClusterRole', identity.name), subjects };
  return [account, role, objects.make('clusterRoleBinding', identity, binding)];
}

const roleRef = (kind: 'Role' | 'ClusterRole', name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

const policyRules = (rules: KubernetesAccess['rules']) =>
  rules.map(({ apiGroups, resources, verbs }) => ({
    apiGroups: [...apiGroups],
    resources: [...resources],
    verbs: [...verbs],
  }));
