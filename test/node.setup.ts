import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { kubernetes } from '../tools/kubernetes.ts';
import { clusterDoes } from './node/cluster-command.ts';
import { cleanEnvironment } from './processes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The node of the tests was emptied in this run, and has its images. */
    nodeIsPrepared?: true;
  }
}

/**
 * Gets kubectl, empties the node, on which an interrupted run may have left something, and gives it its images, before the
 * first test; what is returned ends the node after the last. What is built by that takes half an hour on a new machine, which no
 * hook of a test would be given. Of several projects with this setup the first one does it.
 */
export async function setup({ vitest, provide }: TestProject): Promise<() => Promise<void>> {
  provide('kubectl', await kubernetes('kubectl'));
  // Every project has a copy of this module; what is provided by Vitest itself all of them see.
  if (vitest.getProvidedContext().nodeIsPrepared === undefined) {
    await clusterDoes('reset');
    await fillNode();
    // The tests of other projects run first, and alone.
    await clusterDoes('reset');
    vitest.provide('nodeIsPrepared', true);
  }
  return async () => {
    await clusterDoes('reset');
  };
}

/** Shows what it does. @throws when it fails; what it complained of is shown by then. */
async function fillNode(): Promise<void> {
  const script = join(import.meta.dirname, 'node', 'fill-node.ts');
  const child = spawn(process.execPath, ['--no-warnings', script], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The node of the tests could not be given what it runs: exit code ${code}.`);
}
