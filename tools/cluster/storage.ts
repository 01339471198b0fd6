import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../go-tool.ts';
import { folder } from './layout.ts';
import { containersOf, manifestsIn, type Manifest } from './manifest.ts';
import { localPathProvisioner, type OwnImages } from './own-images.ts';

/** Where the volumes of pods are. */
export const volumes = join(folder, 'volumes');

/** What the local path provisioner's project publishes, as the default class; volumes are in the node's own folder. */
export async function storageManifests({ localPathProvisioner: image, busybox }: OwnImages): Promise<Manifest[]> {
  const published = join(await moduleFolder(localPathProvisioner), 'deploy', 'local-path-storage.yaml');
  const manifests = manifestsIn(readFileSync(published, 'utf8'));
  for (const container of containersOf(manifests)) container.image = image.name;
  for (const { kind, metadata, data } of manifests) {
    if (kind === 'StorageClass') metadata.annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    if (data === undefined) continue;
    const paths = [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [volumes] }];
    data['config.json'] = JSON.stringify({ nodePathMap: paths });
    data['helperPod.yaml'] = (data['helperPod.yaml'] ?? '').replace(/image: busybox$/m, `image: ${busybox.name}`);
  }
  return manifests;
}
