import { join } from 'node:path';
import { moduleFolder } from '../go-tool.ts';
import { kubectl } from './kubectl.ts';
import { containersOf, manifestsIn, type Manifest } from './manifest.ts';
import { metricsServer } from './own-images.ts';

/** What has metrics-server trust the certificate that a kubelet made itself, as that of a node for development is. */
export const insecureKubelet = '--kubelet-insecure-tls';

/** Has metrics-server take its measurements from a kubelet that made its certificate itself. @throws when it takes no arguments. */
export function withInsecureKubelet(manifests: readonly Manifest[]): void {
  const [container] = containersOf(manifests);
  if (container?.args === undefined)
    throw new Error('metrics-server has no container with arguments in its manifests.');
  container.args.push(insecureKubelet);
}

/** What metrics-server's project publishes with its source, for an image of ours. @throws when it cannot be had. */
export async function metricsServerManifests(image: string): Promise<Manifest[]> {
  const published = join(await moduleFolder(metricsServer), 'manifests', 'base');
  const manifests = manifestsIn(await kubectl('kustomize', published));
  for (const container of containersOf(manifests)) container.image = image;
  withInsecureKubelet(manifests);
  return manifests;
}
