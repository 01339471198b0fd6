import { goesToOneNode } from '../tools/cluster/one-node.ts';
import { keptValues } from './apply/generated-values.ts';
import { kubectlFor } from './apply/kubectl-for.ts';
import { removeStack } from './apply/remove-stack.ts';
import { Failure } from './failure.ts';
import { deployable, knownStack, runPulumi } from './pulumi-cli.ts';
import { root } from './running.js';
import { stackConfig } from './stack-config.ts';

/**
 * Removes a stack from its cluster, in the way in which it came.
 *
 * @throws {Failure} when there is no such stack, when there is no Pulumi CLI for one that Pulumi made, and with Pulumi's own exit
 *   code.
 */
export async function clusterDown(stack: string): Promise<void> {
  await goesToOneNode();
  const config = await stackConfig(knownStack(stack));
  const kept = await keptValues(kubectlFor(config), config.namespace).catch(fail);
  if (kept !== undefined) return removeStack(stack);
  const code = await runPulumi(root, ['destroy', '--stack', deployable(stack)]);
  if (code !== 0) throw new Failure('', code);
}

function fail(error: unknown): never {
  throw new Failure((error as Error).message);
}
