import type { StackConfig } from '../infra/config.ts';
import { kubectlFor } from './apply/kubectl-for.ts';
import { removeStack } from './apply/remove-stack.ts';
import { stackNamespace } from './apply/stack-namespace.ts';
import { targetCluster } from './cluster/target-cluster.ts';
import { Cluster } from './doctor/cluster.ts';
import { Failure } from './failure.ts';
import { onPath } from './on-path.ts';
import { knownStack, requirePulumi, runPulumi } from './pulumi-cli.ts';
import { root } from './running.js';
import { stackConfig } from './stack-config.ts';

/** How a stack is removed. */
export interface ClusterDownOptions {
  /** Nobody is asked, nor needs to be. */
  readonly yes: boolean;
}

/**
 * Removes a stack from its cluster, in the way in which it came.
 *
 * @throws {Failure} when there is no such stack, when it is of production, when there is no Pulumi CLI for one that Pulumi made, with
 *   Pulumi's own exit code, and when one was applied, elsewhere than on a one-node cluster, and nobody has said yes.
 */
export async function clusterDown(stack: string, { yes }: ClusterDownOptions): Promise<void> {
  const config = await stackConfig(knownStack(stack));
  const oneNode = await targetCluster(config.context);
  const kubectl = kubectlFor(config);
  console.log(`The stack ${stack} goes to ${await new Cluster(config.context).whereabouts()}.\n`);
  const there = await stackNamespace(kubectl, config.namespace, stack);
  if (there === undefined && onPath('pulumi') === undefined) {
    console.log(`Nothing of the stack ${stack} is there.`);
    return;
  }
  const isApplied = there?.isApplied === true;
  if (config.environment === 'production') throw new Failure(production(stack, isApplied));
  if (isApplied) {
    if (oneNode === undefined && !yes) throw new Failure(unasked(stack, config));
    return removeStack(kubectl, config.namespace);
  }
  requirePulumi(stack);
  const code = await runPulumi(root, ['destroy', '--stack', stack, ...(yes ? ['--yes'] : [])]);
  if (code !== 0) throw new Failure('', code);
}

/** What is said of data that nobody shall remove by mistake, with the way in docs/handbook/deployment.md. */
function production(stack: string, isApplied: boolean): string {
  const unprotect = isApplied ? '' : `run npm run up -- --stack ${stack}, which takes its protection away, `;
  return (
    `The stack ${stack} is of production, and is not removed: its data would go with it. To remove it with all of its data, ` +
    `set ballast:environment to development in Pulumi.${stack}.yaml, ${unprotect}and repeat this command.`
  );
}

const unasked = (stack: string, { namespace }: StackConfig) =>
  `The namespace ${namespace} would be removed with all that is in it, volumes too: npm run down -- --stack ${stack} --yes does it.`;
