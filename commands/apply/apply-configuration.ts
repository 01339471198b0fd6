import type { StackConfig } from '../../infra/config.ts';
import { project, readStackConfig } from '../../infra/read-config.ts';
import { engineTexts, isSealed, isSealedAsWhole, writtenConfiguration } from '../../infra/render/stack-file.ts';
import { Failure } from '../failure.ts';
import { giveInEnvironment, type Credentials } from './environment-credentials.ts';

/** Where credentials come from beside the stack's file. */
export interface CredentialSources {
  /** Taken in place of those in the file. */
  readonly environment: Credentials;
  /** From an earlier `up`: taken for those that the file has not, or has encrypted. */
  readonly kept: Credentials;
}

const credentialsKey = `${project}:credentials`;

/**
 * The configuration of a stack with its credentials, without Pulumi.
 *
 * @param folder Where the stacks' files are.
 * @throws {Failure} when there is no such stack, when a value can be read by Pulumi alone, and when one is not valid.
 */
export function applyConfiguration(folder: string, stack: string, sources: CredentialSources): StackConfig {
  try {
    const written = withCredentials(writtenConfiguration(folder, stack), sources);
    const encrypted = Object.entries(written).flatMap(encryptedLines);
    if (encrypted.length === 0) return readStackConfig(engineTexts(written));
    const lines = encrypted.map((line) => `\n  ${line}`).join('');
    throw new Error(`Pulumi.${stack}.yaml has encrypted values, which only Pulumi can read:${lines}`);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}

type Written = Readonly<Record<string, unknown>>;

function withCredentials(written: Written, { environment, kept }: CredentialSources): Written {
  const own = written[credentialsKey] ?? {};
  // What is wrong with it then is said where it is read.
  if (typeof own !== 'object' || isSealedAsWhole(own)) return written;
  const plain = Object.entries(own).filter(([, value]) => !isSealed(value));
  return { ...written, [credentialsKey]: { ...own, ...kept, ...Object.fromEntries(plain), ...environment } };
}

/** What is encrypted under a key of the stack's file, with what to do about each. */
function encryptedLines([key, value]: readonly [string, unknown]): string[] {
  if (!isSealed(value)) return [];
  if (key !== credentialsKey || isSealedAsWhole(value as object)) return [`${key}: write it in plain text`];
  const names = Object.entries(value as object).filter(([, inner]) => isSealed(inner));
  return names.map(([name]) => `${key}.${name}: ${giveInEnvironment(name)}`);
}
