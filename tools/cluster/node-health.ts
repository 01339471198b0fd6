import type { Kubectl } from '../../commands/kubectl.ts';
import type { PartStatus } from '../one-node-cluster.ts';

const silent = 'not known: the API server does not answer';

/** Longest time for the API server to answer: it may have gone while a connection to it is still there. */
export const answersSoon = '--request-timeout=5s';

/**
 * Whether a node is ready. What the API server knows of it may be from before it ended: it is ready only when its kubelet has
 * said so since it was started.
 *
 * @param startedAt Milliseconds since 1970.
 * @throws when the API server does not answer, or does not know the node.
 */
export async function isReadySince(kubectl: Kubectl, node: string, startedAt: number): Promise<boolean> {
  const path = `-o=jsonpath={.status.conditions[?(@.type=="Ready")]['status','lastHeartbeatTime']}`;
  const [ready, saidAt = ''] = (await kubectl.run(['get', 'node', node, path, answersSoon])).split(' ');
  return ready === 'True' && isSince(saidAt, startedAt);
}

/** Whether something was then or later. @param time As objects have it: in whole seconds. */
export function isSince(time: string, startedAt: number): boolean {
  return Date.parse(time) >= Math.floor(startedAt / 1000) * 1000;
}

/** How a node is, as the API server knows it. */
export async function nodeHealth(kubectl: Kubectl, node: string): Promise<PartStatus> {
  const path = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.nodeInfo.kubeletVersion}';
  const printed = await kubectl.run(['get', 'node', node, path, answersSoon]).catch(() => silent);
  const [ready, version] = printed.split(/ (v\S+)$/);
  const isWell = ready === 'True';
  return { part: 'node', isWell, says: isWell ? `ready, Kubernetes ${version}` : `ready: ${ready}` };
}

/** How many pods of all namespaces are ready; those that have done their work do not count. */
export async function podsHealth(kubectl: Kubectl): Promise<PartStatus> {
  const each = '{.status.phase} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}';
  const all = ['get', 'pods', '--all-namespaces', `-o=jsonpath={range .items[*]}${each}{end}`, answersSoon];
  const listed = await kubectl.run(all).catch(() => undefined);
  if (listed === undefined) return { part: 'pods', isWell: false, says: silent };
  const lines = listed.split('\n').filter((line) => line !== '' && !line.startsWith('Succeeded'));
  const ready = lines.filter((line) => line === 'Running True');
  return { part: 'pods', isWell: ready.length === lines.length, says: `${ready.length} of ${lines.length} are ready` };
}
