import { Failure } from '../failure.ts';
import { root } from '../running.js';
import { kubectlFor } from './kubectl-for.ts';
import { stackObjects } from './stack-objects.ts';

/** Longest time until everything of a stack is gone, in seconds: its pods may finish what they do. */
const patienceSeconds = 600;

/**
 * Removes a stack that was applied without Pulumi: its namespace with all that is in it, volumes and generated values too, and
 * what it has beside that.
 *
 * @throws {Failure} as kubectl does, and when not everything is gone in time.
 */
export async function removeStack(stack: string): Promise<void> {
  const { config, manifests } = await stackObjects(root, stack);
  const kubectl = kubectlFor(config);
  const outside = manifests.filter(({ metadata }) => metadata.namespace !== config.namespace).toReversed();
  const timeout = `--timeout=${patienceSeconds}s`;
  const workloads = ['cronjobs,jobs,deployments,statefulsets', '--all', '--namespace', config.namespace];
  console.log(`The namespace ${config.namespace} and all that is in it are removed ...`);
  try {
    // With their pods: who deletes the namespace at once waits for the longest that any of them might take to end.
    await kubectl.run(['delete', ...workloads, '--cascade=foreground', timeout]);
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: outside });
    await kubectl.run(['delete', '--ignore-not-found', timeout, '--filename=-'], list);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
  console.log('Removed.');
}
