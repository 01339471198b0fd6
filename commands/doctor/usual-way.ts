import type { StackConfig } from '../../infra/config.ts';
import { kubectlFor } from '../apply/kubectl-for.ts';
import { stackNamespace } from '../apply/stack-namespace.ts';
import { targetCluster } from '../cluster/target-cluster.ts';
import { onPath } from '../on-path.ts';
import { Cluster } from './cluster.ts';
import type { DeploymentWay } from './examine.ts';

/**
 * How `npm run up -- --stack S` deploys a stack: without Pulumi where it was applied before, and on a one-node cluster where there
 * is no Pulumi CLI. What this process asks of kubectl from then on goes to that one.
 */
export async function usualWay(config: StackConfig, stack: string): Promise<DeploymentWay> {
  const oneNode = await targetCluster(config.context);
  if (oneNode !== undefined && onPath('pulumi') === undefined) return { byPulumi: false };
  try {
    // Of a cluster that does not answer this learns in time.
    await new Cluster(config.context).version();
    const there = await stackNamespace(kubectlFor(config), config.namespace, stack);
    return { byPulumi: there?.isApplied !== true };
  } catch {
    return { byPulumi: true };
  }
}
