import type { TestProject } from 'vitest/node';
import { kubernetes } from '../tools/kubernetes.ts';
import { clusterDoes } from './node/cluster-command.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The node of the tests was emptied in this run. */
    nodeIsEmptied?: true;
  }
}

/**
 * Gets kubectl and empties the node, on which an interrupted run may have left something, before the first test; what is
 * returned ends the node after the last. Of several projects with this setup the first one empties the node, so that what
 * the setup of another brings up stays.
 */
export async function setup({ vitest, provide }: TestProject): Promise<() => Promise<void>> {
  provide('kubectl', await kubernetes('kubectl'));
  // Every project has a copy of this module; what is provided by Vitest itself all of them see.
  if (vitest.getProvidedContext().nodeIsEmptied === undefined) {
    await clusterDoes('reset');
    vitest.provide('nodeIsEmptied', true);
  }
  return async () => {
    await clusterDoes('reset');
  };
}
