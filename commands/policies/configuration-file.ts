import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the file with the configuration of the rules for a stack, in the format of Pulumi's `--policy-pack-config`. */
export const policyFileName = (stack: string): string => `Pulumi.${stack}.policies.json`;

/**
 * How the rules are configured for a stack; no rule in particular where it has no file.
 *
 * @param folder Where the stacks' files are.
 * @throws when the file is no JSON.
 */
export function readPolicyFile(folder: string, stack: string): unknown {
  const name = policyFileName(stack);
  const path = join(folder, name);
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${name} is no JSON: ${(error as Error).message}`);
  }
}
