import { corednsManifests } from './coredns.ts';
import { apply, kubectl, ownKubectl } from './kubectl.ts';
import { metricsServerManifests } from './metrics-server.ts';
import type { OwnImages } from './own-images.ts';
import { storageManifests } from './storage.ts';

/**
 * Starts what the pods of a cluster count on, and waits until it does its work: names, measurements, volumes.
 *
 * @throws when one does not come up within two minutes.
 */
export async function startAddOns(kubeadm: string, images: OwnImages): Promise<void> {
  await apply(await ownKubectl(), [
    kubeletAccess,
    ...(await corednsManifests(kubeadm)),
    ...(await metricsServerManifests(images.metricsServer.name)),
    ...(await storageManifests(images)),
  ]);
  for (const [namespace, deployment] of [
    ['kube-system', 'coredns'],
    ['kube-system', 'metrics-server'],
    ['local-path-storage', 'local-path-provisioner'],
  ] as const) {
    await kubectl('-n', namespace, 'rollout', 'status', `deployment/${deployment}`, '--timeout=120s');
  }
}

/** The API server may use the kubelet for `kubectl logs` and `exec`. kubeadm would have it do so as one of its own group. */
const kubeletAccess = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'kube-apiserver-kubelet-client' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kube-apiserver-kubelet-client' }],
};
