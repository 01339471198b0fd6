import { readManifests } from '../../infra/render/folder.ts';
import { fileName, secretKeysAnnotation, type Manifest } from '../../infra/render/manifest.ts';
import { stackResources } from '../../infra/render/render.ts';
import type { Identified } from '../../policies/kubernetes/object.ts';
import { madeObjects } from '../../policies/kubernetes/resource.ts';

/**
 * The Kubernetes objects that the program makes for a stack, by the URNs of their resources.
 *
 * @throws when there is no such stack, or its configuration is not valid.
 */
export async function objectsOfStack(root: string, stack: string): Promise<Identified[]> {
  const resources = await stackResources(root, stack);
  return madeObjects(resources.map(({ options, ...rest }) => ({ ...rest, ignoreChanges: options.ignoreChanges })));
}

/**
 * The objects in a folder that a render wrote, by their files.
 *
 * @throws when there is no such folder or it holds no manifest.
 */
export const objectsOfFolder = (folder: string): Identified[] => objectsOfManifests(readManifests(folder));

/** The objects that manifests are of, by the files that a render writes them to. */
export const objectsOfManifests = (manifests: readonly Manifest[]): Identified[] =>
  manifests.map((manifest) => ({ object: withKeys(manifest), source: fileName(manifest) }));

/** A manifest of a Secret has the names of its keys and no values: rules ask for the names. */
function withKeys(manifest: Manifest): Manifest {
  const keys = manifest.metadata.annotations?.[secretKeysAnnotation];
  if (manifest.kind !== 'Secret' || keys === undefined) return manifest;
  const names = keys.split(',').filter((key) => key !== '');
  return { ...manifest, data: Object.fromEntries(names.map((key) => [key, ''])) };
}
