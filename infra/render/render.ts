import { compose } from '../compose.ts';
import { readStackConfig } from '../read-config.ts';
import { collect } from './collect.ts';
import { toManifest, type Manifest } from './manifest.ts';
import { readStackFile } from './stack-file.ts';

/** Name of the project, as Pulumi.yaml has it. */
const project = 'ballast';

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
  return (await run(configuration, stack)).manifests;
}

/** Credentials that the program of a stack asks for and its configuration does not have: `pulumi up` would stop. */
export async function missingCredentials(folder: string, stack: string): Promise<readonly string[]> {
  return (await run(readStackFile(folder, stack), stack)).missing;
}

async function run(configuration: Readonly<Record<string, string>>, stack: string) {
  const config = readStackConfig(configuration);
  const missing = new Set<string>();
  const credentials = new Proxy(config.credentials, {
    get: (given, name: string) => {
      if (given[name] === undefined) missing.add(name);
      return given[name] ?? 'not given';
    },
  });
  const resources = await collect(() => compose(config, { stack, credentials }), { project, stack });
  const objects = resources.filter(({ type }) => type.startsWith('kubernetes:'));
  return { manifests: objects.map(({ inputs }) => toManifest(inputs)), missing: [...missing] };
}
