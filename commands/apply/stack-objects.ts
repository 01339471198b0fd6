import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compose } from '../../infra/compose.ts';
import type { StackConfig } from '../../infra/config.ts';
import { missingCredentials, giveCredential } from '../../infra/missing-credentials.ts';
import { project, readStackConfig } from '../../infra/read-config.ts';
import { collect, unknownDigest } from '../../infra/render/collect.ts';
import { applyRank, toWholeManifest, type Manifest } from '../../infra/render/manifest.ts';
import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import { isSealed, parseStackFile, readStackFile } from '../../infra/render/stack-file.ts';
import { Failure } from '../failure.ts';

/** What the program of a stack makes, for whoever applies it without Pulumi. */
export interface StackObjects {
  readonly config: StackConfig;
  /** In the order in which they are applied. Generated values are still {@link pretendedPassword}s. */
  readonly manifests: readonly Manifest[];
  /** Lengths of the values to generate, by the name that the program gives them. */
  readonly generated: ReadonlyMap<string, number>;
  /** Of manifests, the fields that somebody else sets once they are there: `spec.replicas`. */
  readonly setByOthers: ReadonlyMap<Manifest, readonly string[]>;
}

/**
 * Runs the program of a stack, with the credentials of its configuration.
 *
 * @param folder Where the stacks' files are.
 * @throws {Failure} when there is no such stack, when its configuration is not valid, and when it needs what only Pulumi can
 *   give: encrypted values, or an image that is built or looked up.
 */
export async function stackObjects(folder: string, stack: string): Promise<StackObjects> {
  const config = readConfiguration(folder, stack);
  const missing = missingCredentials(config).map((name) => `  ${giveCredential(name, stack)}`);
  if (missing.length > 0) throw new Failure(`The stack ${stack} has not all credentials:\n${missing.join('\n')}`);
  const resources = await collect(() => compose(config, { stack }), { project, stack });
  const objects = resources.filter(({ type }) => type.startsWith('kubernetes:'));
  const whole = objects.map(({ inputs, options }) => [toWholeManifest(inputs), options.ignoreChanges] as const);
  const manifests = whole.map(([manifest]) => manifest).toSorted((a, b) => applyRank(a) - applyRank(b));
  if (JSON.stringify(manifests).includes(unknownDigest)) {
    throw new Failure(
      `The stack ${stack} builds its image or looks one up, which only Pulumi does: name one by its tag.`,
    );
  }
  return { config, manifests, generated: new Map(resources.flatMap(password)), setByOthers: new Map(whole) };
}

/** @throws {Failure} when there is no such stack, when a value can be read by Pulumi alone, or when one is not valid. */
function readConfiguration(folder: string, stack: string): StackConfig {
  try {
    const configuration = readStackFile(folder, stack);
    const written = parseStackFile(readFileSync(join(folder, `Pulumi.${stack}.yaml`), 'utf8'));
    const encrypted = Object.keys(written).filter((key) => isSealed(written[key]));
    if (encrypted.length === 0) return readStackConfig(configuration);
    throw new Error(`Pulumi.${stack}.yaml has encrypted values, which only Pulumi can read: ${encrypted.join(', ')}`);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}

function password({ type, name, inputs }: RegisteredResource): [string, number][] {
  return type === 'random:index/randomPassword:RandomPassword' ? [[name, Number(inputs['length'])]] : [];
}
