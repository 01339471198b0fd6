import { goesToOneNode } from '../../tools/cluster/one-node.ts';
import { ownCluster } from '../../tools/cluster/own-cluster.ts';
import { kindCluster } from '../../tools/kind/kind-cluster.ts';
import { contextName } from '../../tools/kind/names.ts';
import type { OneNodeCluster } from '../../tools/one-node-cluster.ts';
import { ask } from '../doctor/ask.ts';

/**
 * The one-node cluster of this machine that a stack goes to; `undefined` when it goes to another cluster.
 *
 * @param context Of the kubeconfig, where the stack names one; else it is the current one.
 * @throws {Failure} when KUBECONFIG names the node of our own, and that does not run.
 */
export async function targetCluster(context: string | undefined): Promise<OneNodeCluster | undefined> {
  if (await goesToOneNode(context)) return ownCluster;
  return (context ?? (await currentContext())) === contextName ? kindCluster() : undefined;
}

async function currentContext(): Promise<string | undefined> {
  return ask('kubectl', ['config', 'current-context']).then(
    (printed) => printed.trim(),
    () => undefined,
  );
}
