import type { PartStatus } from '../one-node-cluster.ts';
import { ownKubectl } from './kubectl.ts';
import { nodeName } from './layout.ts';
import { nodeHealth, podsHealth } from './node-health.ts';
import { providedImages } from './provide-images.ts';
import { recall } from './records.ts';

/** The programs of the node, in the order in which they start, and what one is where its name does not say. */
const components: Readonly<Record<string, string>> = {
  etcd: '',
  'kube-apiserver': '',
  'kube-controller-manager': '',
  'kube-scheduler': '',
  containerd: '',
  kubelet: '',
  'kube-proxy': '',
  'network-policies': ': a small enforcer for tests, which makes packet filter rules of network policies',
};

/** How the parts of the node are, while it runs. */
export async function statusOfNode(): Promise<readonly PartStatus[]> {
  const kubectl = await ownKubectl();
  const programs = Object.entries(components).map(([part, remark]) => {
    const pid = recall(part);
    return { part, isWell: pid !== undefined, says: `${pid === undefined ? 'has ended' : `process ${pid}`}${remark}` };
  });
  return [...programs, await nodeHealth(kubectl, nodeName), await podsHealth(kubectl), ...standins()];
}

/** What runs in place of parts that are not had here. */
function standins(): PartStatus[] {
  const images = Object.entries(providedImages()).filter(([, { kind }]) => kind === 'stand-in');
  return images.map(([image, { what }]) => ({ part: image, isWell: true, says: what }));
}
