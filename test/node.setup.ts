import type { TestProject } from 'vitest/node';
import { kubernetes } from '../tools/kubernetes.ts';
import { clusterDoes } from './node/cluster-command.ts';

/** Gets kubectl before the first test; what is returned ends the node after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('kubectl', await kubernetes('kubectl'));
  return async () => {
    await clusterDoes('reset');
  };
}
