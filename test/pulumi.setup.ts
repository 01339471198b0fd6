import type { TestProject } from 'vitest/node';
import { onPath } from '../commands/on-path.ts';
import { setup as provideApiServer } from './cluster.setup.ts';

/** Gets the programs that the API server needs; nothing where there is no Pulumi CLI and all tests are skipped. */
export async function setup(project: TestProject): Promise<void> {
  if (onPath('pulumi') !== undefined) return provideApiServer(project);
  console.error(
    'The tests with a real Pulumi are skipped: there is no pulumi on the PATH. https://www.pulumi.com/docs/install/ says ' +
      'how to get it; its plugins for the packages @pulumi/kubernetes, @pulumi/random and @pulumi/docker come by themselves.',
  );
}
