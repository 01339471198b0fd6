import { setTimeout as sleep } from 'node:timers/promises';
import { corednsManifests } from './coredns.ts';
import { apply, kubectl, ownKubectl } from './kubectl.ts';
import { metricsServerManifests } from './metrics-server.ts';
import { answersSoon, isSince } from './node-health.ts';
import type { OwnImages } from './own-images.ts';
import { storageManifests } from './storage.ts';

/** Longest time for one of them to do its work, in milliseconds. */
const readyWithinMs = 120_000;

/** Deployments of the add-ons, by namespace, with the label of their pods. */
const deployments = [
  { namespace: 'kube-system', name: 'coredns', label: 'k8s-app=kube-dns' },
  { namespace: 'kube-system', name: 'metrics-server', label: 'k8s-app=metrics-server' },
  { namespace: 'local-path-storage', name: 'local-path-provisioner', label: 'app=local-path-provisioner' },
] as const;
type Deployment = (typeof deployments)[number];

/**
 * Starts what the pods of a cluster count on, and waits until it does its work: names, measurements, volumes.
 *
 * @param since When the node was made, in milliseconds since 1970: no container is older.
 * @throws when one does not come up within two minutes.
 */
export async function startAddOns(kubeadm: string, images: OwnImages, since: number): Promise<void> {
  await apply(await ownKubectl(), [
    kubeletAccess,
    ...(await corednsManifests(kubeadm)),
    ...(await metricsServerManifests(images.metricsServer.name)),
    ...(await storageManifests(images)),
  ]);
  for (const deployment of deployments) {
    const { namespace, name } = deployment;
    await kubectl('-n', namespace, 'rollout', 'status', `deployment/${name}`, `--timeout=${readyWithinMs / 1000}s`);
    const deadline = Date.now() + readyWithinMs;
    while (!(await runsSince(deployment, since).catch(() => false))) {
      if (Date.now() > deadline) throw new Error(`${name} is not ready after ${readyWithinMs / 1000} s.`);
      await sleep(200);
    }
  }
}

/** Whether its pods are ready by what runs in them now: what the API server stores may be from before the node was cut off. */
async function runsSince({ namespace, label }: Deployment, since: number): Promise<boolean> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const each = `${ready} {.status.containerStatuses[0].state.running.startedAt}{"\\n"}`;
  const path = `-o=jsonpath={range .items[*]}${each}{end}`;
  // One that has failed, as when it was evicted, stays in the list.
  const selectors = [`--selector=${label}`, '--field-selector=status.phase=Running'];
  const pods = await kubectl('-n', namespace, 'get', 'pods', ...selectors, path, answersSoon);
  return pods.split('\n').every((pod) => {
    const [isReady, startedAt = ''] = pod.split(' ');
    return isReady === 'True' && isSince(startedAt, since);
  });
}

/** The API server may use the kubelet for `kubectl logs` and `exec`. kubeadm would have it do so as one of its own group. */
const kubeletAccess = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'kube-apiserver-kubelet-client' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kube-apiserver-kubelet-client' }],
};
