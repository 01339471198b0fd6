import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../go-tool.ts';
import { folder } from './layout.ts';
import { containersOf, manifestsIn, type Manifest } from './manifest.ts';
import { localPathProvisioner, type OwnImages } from './own-images.ts';

/** Where the volumes of pods are. */
export const volumes = join(folder, 'volumes');

/** What the published pod names that makes and removes a volume's folder. */
const helperImage = /image: busybox$/m;

/**
 * What the local path provisioner's project publishes, as the default class; volumes are in the node's own folder.
 *
 * @throws when it cannot be had, or is not as it was.
 */
export async function storageManifests({ localPathProvisioner: image, busybox }: OwnImages): Promise<Manifest[]> {
  const published = join(await moduleFolder(localPathProvisioner), 'deploy', 'local-path-storage.yaml');
  const manifests = manifestsIn(readFileSync(published, 'utf8'));
  for (const container of containersOf(manifests)) container.image = image.name;
  const storageClass = manifests.find(({ kind }) => kind === 'StorageClass');
  const config = manifests.find(({ kind }) => kind === 'ConfigMap')?.data;
  const helper = config?.['helperPod.yaml'] ?? '';
  if (storageClass === undefined || config === undefined || !helperImage.test(helper)) {
    throw new Error(
      `${published} does not have a StorageClass, and a ConfigMap with a helper pod of the image busybox.`,
    );
  }
  storageClass.metadata.annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const paths = [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [volumes] }];
  config['config.json'] = JSON.stringify({ nodePathMap: paths });
  config['helperPod.yaml'] = helper.replace(helperImage, `image: ${busybox.name}`);
  return manifests;
}
