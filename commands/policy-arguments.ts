import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { policyFileName } from './policies/configuration-file.ts';

/**
 * What makes Pulumi judge a stack by the rules of `policies/` before it changes anything.
 *
 * @param folder Where Pulumi is run: that of the stacks' files and of `policies/`.
 */
export function policyArguments(folder: string, stack: string): string[] {
  const file = policyFileName(stack);
  const configuration = existsSync(join(folder, file)) ? ['--policy-pack-config', file] : [];
  return ['--policy-pack', 'policies', ...configuration];
}
