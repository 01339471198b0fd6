import { renderStack } from '../infra/render/render.ts';
import type { OneNodeCluster } from '../tools/one-node-cluster.ts';
import { applyStack } from './apply/apply-stack.ts';
import { imagesOf } from './apply/images-of.ts';
import { targetCluster } from './cluster/target-cluster.ts';
import { Failure } from './failure.ts';
import { onPath } from './on-path.ts';
import { deployable, knownStack } from './pulumi-cli.ts';
import { pulumiUp } from './pulumi-up.ts';
import { root } from './running.js';
import { stackConfig } from './stack-config.ts';

/** How a stack is brought up. */
export interface ClusterUpOptions {
  /** Applies the objects, also where there is a Pulumi CLI. */
  readonly apply: boolean;
  /** Arguments for Pulumi. */
  readonly further: readonly string[];
}

/**
 * Brings a stack up on its cluster: by `pulumi up`, or by applying its objects where that is asked for, and on a one-node cluster
 * of this machine where there is no Pulumi CLI.
 *
 * @throws {Failure} when there is no such stack or something is missing, and when the stack does not get ready.
 */
export async function clusterUp(stack: string, { apply, further }: ClusterUpOptions): Promise<void> {
  const { context } = await stackConfig(knownStack(stack));
  const oneNode = await targetCluster(context);
  const byPulumi = !apply && (oneNode === undefined || onPath('pulumi') !== undefined);
  if (byPulumi) deployable(stack);
  else if (further.length > 0) throw new Failure(`Only Pulumi takes further arguments: ${further.join(' ')}`);
  if (oneNode !== undefined) await provideStackImages(oneNode, stack);
  return byPulumi ? pulumiUp(stack, further) : applyStack(stack);
}

/** Gives the node what it cannot get by itself: the images of the stack. */
async function provideStackImages(oneNode: OneNodeCluster, stack: string): Promise<void> {
  await oneNode.provideImages(imagesOf(await renderStack(root, stack)), console.log);
}
