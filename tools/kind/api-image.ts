import { Failure } from '../../commands/failure.ts';
import { root } from '../../commands/running.js';
import { dockerBuild } from '../docker-build.ts';
import type { Report } from '../one-node-cluster.ts';
import { apiImage, sourceHash } from '../stack-images/api-image.ts';
import { call } from './call.ts';
import { clusterName, nodeName } from './names.ts';

/** Label of an image that says of which source it is. */
const sourceLabel = 'ballast.source';

/**
 * Gives the node the image of the API of this checkout, unless it has it. The machine's own Docker builds it, where it has it
 * not either.
 *
 * @returns Whether it was given now.
 * @throws {Failure} when it cannot be built.
 */
export async function provideApiImage(image: string, report: Report): Promise<boolean> {
  const source = sourceHash();
  if ((await sourceOnNode(image)) === source) return false;
  if ((await sourceOnMachine(image)) !== source) {
    report(`${image}: ${apiImage.what} (about two minutes, once for each change of the service)`);
    await build(image, source);
  }
  report(`${image}: from Docker to the node`);
  await call('kind', 'load', 'docker-image', image, '--name', clusterName);
  return true;
}

/** Of which source the node's image is; `undefined` where it has none, or one by somebody else. */
async function sourceOnNode(image: string): Promise<string | undefined> {
  const said = await call('docker', 'exec', nodeName, 'crictl', 'inspecti', image).catch(() => '{}');
  return (JSON.parse(said) as Inspected).info?.imageSpec?.config?.Labels?.[sourceLabel];
}

/** What `crictl inspecti` prints with containerd. */
interface Inspected {
  readonly info?: { readonly imageSpec?: { readonly config?: { readonly Labels?: Readonly<Record<string, string>> } } };
}

async function sourceOnMachine(image: string): Promise<string | undefined> {
  const label = `{{index .Config.Labels "${sourceLabel}"}}`;
  return call('docker', 'image', 'inspect', '--format', label, image).catch(() => undefined);
}

async function build(image: string, source: string): Promise<void> {
  try {
    await dockerBuild({ client: 'docker' }, { tag: image, context: root, labels: { [sourceLabel]: source } });
  } catch (error) {
    throw new Failure(`The image of the API could not be built: ${(error as Error).message}`);
  }
}
