import { compose } from '../compose.ts';
import { missingCredentials } from '../missing-credentials.ts';
import { project, readStackConfig } from '../read-config.ts';
import { collect } from './collect.ts';
import type { RegisteredResource } from './registered-resource.ts';
import { toManifest, type Manifest } from './manifest.ts';
import { readStackFile } from './stack-file.ts';

/**
 * Every Kubernetes object of a stack, as the program makes it: the same program that `pulumi up` runs, without engine, cluster or
 * credentials. Secrets carry no values.
 *
 * @param folder Where Pulumi.yaml and the stacks' files are.
 * @throws when there is no such stack, or its configuration is not valid.
 */
export async function renderStack(folder: string, stack: string): Promise<Manifest[]> {
  return renderConfiguration(readStackFile(folder, stack), stack);
}

/** {@link renderStack} for a configuration that is in no file: keys with their text, as the engine passes them. */
export async function renderConfiguration(
  configuration: Readonly<Record<string, string>>,
  stack: string,
): Promise<Manifest[]> {
  return manifestsOf(await resourcesOf(configuration, stack));
}

/** Every resource that the program of a stack registers, components and generated values included. */
export async function stackResources(folder: string, stack: string): Promise<readonly RegisteredResource[]> {
  return resourcesOf(readStackFile(folder, stack), stack);
}

/** {@link stackResources} for a configuration that is in no file. */
export async function resourcesOf(
  configuration: Readonly<Record<string, string>>,
  stack: string,
): Promise<readonly RegisteredResource[]> {
  const config = readStackConfig(configuration);
  const standIns = Object.fromEntries(missingCredentials(config).map((name) => [name, 'not given']));
  const credentials = { ...config.credentials, ...standIns };
  return collect(() => compose(config, { stack, credentials }), { project, stack });
}

/** The Kubernetes objects among resources. */
export function manifestsOf(resources: readonly RegisteredResource[]): Manifest[] {
  const objects = resources.filter(({ type }) => type.startsWith('kubernetes:'));
  return objects.map(({ inputs }) => toManifest(inputs));
}
