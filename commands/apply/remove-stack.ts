import type { Kubectl } from '../kubectl.ts';

/** Longest time until everything of a stack is gone, in seconds: its pods may finish what they do. */
const patienceSeconds = 600;

/**
 * Removes a stack that was applied without Pulumi: its namespace with all that is in it, volumes and kept values too. No part of a
 * stack is anywhere else. Safe to repeat.
 *
 * @throws {Failure} as kubectl does, and when not everything is gone in time.
 */
export async function removeStack(kubectl: Kubectl, namespace: string): Promise<void> {
  const timeout = `--timeout=${patienceSeconds}s`;
  const workloads = ['cronjobs,jobs,deployments,statefulsets', '--all', '--namespace', namespace];
  console.log(`The namespace ${namespace} and all that is in it are removed ...`);
  // With their pods: who deletes the namespace at once waits for the longest that any of them might take to end.
  await kubectl.run(['delete', ...workloads, '--cascade=foreground', timeout]);
  await kubectl.run(['delete', 'namespace', namespace, '--ignore-not-found', timeout]);
  console.log('Removed.');
}
