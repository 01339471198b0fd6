import type { StackConfig } from '../infra/config.ts';
import { Failure } from './failure.ts';
import { root } from './running.js';

/**
 * The configuration of a stack of this repository.
 *
 * @throws {Failure} when there is no such stack, or its configuration is not valid.
 */
export async function stackConfig(stack: string): Promise<StackConfig> {
  // Here and not above, since Pulumi's libraries take seconds to load, longer than a service to answer.
  const { readStackConfig } = await import('../infra/read-config.ts');
  const { readStackFile } = await import('../infra/render/stack-file.ts');
  try {
    return readStackConfig(readStackFile(root, stack));
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}
