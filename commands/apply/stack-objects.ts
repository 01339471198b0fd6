import { compose } from '../../infra/compose.ts';
import { project } from '../../infra/read-config.ts';
import { collect, unknownDigest } from '../../infra/render/collect.ts';
import { applyRank, toWholeManifest, type Manifest } from '../../infra/render/manifest.ts';
import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import { Failure } from '../failure.ts';
import { applyConfiguration, type CredentialSources } from './apply-configuration.ts';

/** What the program of a stack makes, for whoever applies it without Pulumi. */
export interface StackObjects {
  /** In the order in which they are applied. In place of generated values they have names: see `withValues`. */
  readonly manifests: readonly Manifest[];
  /** Lengths of the values to generate, by the name that the program gives them. */
  readonly generated: ReadonlyMap<string, number>;
  /** Of manifests, the fields that somebody else sets once they are there: `spec.replicas`. */
  readonly setByOthers: ReadonlyMap<Manifest, readonly string[]>;
}

/**
 * Runs the program of a stack, with its credentials.
 *
 * @param folder Where the stacks' files are.
 * @throws {Failure} when there is no such stack, when its configuration is not valid, and when it needs what only Pulumi can
 *   give: encrypted values, or an image that is built or looked up.
 */
export async function stackObjects(folder: string, stack: string, sources: CredentialSources): Promise<StackObjects> {
  const config = applyConfiguration(folder, stack, sources);
  const resources = await collect(() => compose(config, { stack }), { project, stack });
  const objects = resources.filter(({ type }) => type.startsWith('kubernetes:'));
  const whole = objects.map(({ inputs, options }) => [toWholeManifest(inputs), options.ignoreChanges] as const);
  const manifests = whole.map(([manifest]) => manifest).toSorted((a, b) => applyRank(a) - applyRank(b));
  if (JSON.stringify(manifests).includes(unknownDigest)) {
    throw new Failure(
      `The stack ${stack} builds its image or looks one up, which only Pulumi does: name one by its tag.`,
    );
  }
  return { manifests, generated: new Map(resources.flatMap(password)), setByOthers: new Map(whole) };
}

function password({ type, name, inputs }: RegisteredResource): [string, number][] {
  return type === 'random:index/randomPassword:RandomPassword' ? [[name, Number(inputs['length'])]] : [];
}
