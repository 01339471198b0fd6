import { renderStack } from '../infra/render/render.ts';
import { applyStack } from './apply/apply-stack.ts';
import { imagesOf } from './apply/images-of.ts';
import { kubectlFor } from './apply/kubectl-for.ts';
import { restartRenewed } from './apply/restart-renewed.ts';
import { requireStays, stackNamespace } from './apply/stack-namespace.ts';
import { targetCluster } from './cluster/target-cluster.ts';
import { reportMissing } from './doctor/examine.ts';
import { usualWay } from './doctor/usual-way.ts';
import { Failure } from './failure.ts';
import { onPath } from './on-path.ts';
import { knownStack, requirePulumi } from './pulumi-cli.ts';
import { runPulumiUp } from './pulumi-up.ts';
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
 * Brings a stack up on its cluster: by `pulumi up`, or by applying its objects where that is asked for, where they were applied
 * before, and on a one-node cluster of this machine where there is no Pulumi CLI.
 *
 * @throws {Failure} when there is no such stack or something is missing, and when the stack does not get ready.
 */
export async function clusterUp(stack: string, { apply, further }: ClusterUpOptions): Promise<void> {
  const config = await stackConfig(knownStack(stack));
  const oneNode = await targetCluster(config.context);
  const kubectl = kubectlFor(config);
  /** Gives the node what it cannot get by itself. */
  const provideImages = async (images: readonly string[]) => {
    if (oneNode === undefined) return;
    await restartRenewed(kubectl, config.namespace, await oneNode.provideImages(images, console.log));
  };
  if (!apply && (await usualWay(config, stack)).byPulumi) {
    requirePulumi(
      stack,
      `Without one, npm run up -- --stack ${stack} --apply applies the stack's objects, and ` +
        `npm run render -- --stack ${stack} --out DIR writes them.`,
    );
    await reportMissing(stack);
    // Of a cluster that is not reached, Pulumi tells.
    requireStays(config.namespace, await stackNamespace(kubectl, config.namespace, stack).catch(() => undefined));
    if (oneNode !== undefined) await provideImages(imagesOf(await renderStack(root, stack)));
    await runPulumiUp(stack, further);
  } else {
    if (further.length > 0) throw new Failure(`Only Pulumi takes further arguments: ${further.join(' ')}`);
    if (!apply && onPath('pulumi') !== undefined)
      console.log(`The stack ${stack} was applied without Pulumi, and is so again, though there is a Pulumi CLI.`);
    await applyStack(stack, { config, kubectl, provideImages });
  }
  if (oneNode !== undefined) console.log(`\nHow kubectl reaches it: ${oneNode.access}`);
}
