import { join } from 'node:path';
import * as docker from '@pulumi/docker';
import type { Input } from '@pulumi/pulumi';
import { imageName, type ApiSettings } from '../stack/api/settings.ts';

/** The repository's root, which is the context of the build. */
const root = join(import.meta.dirname, '..', '..');

/**
 * The image that the API runs from, by tag and digest.
 *
 * With `build` it is built from this repository and pushed, which needs Docker, also in a preview; the registry's credentials are
 * those of `docker login`. With `lookUpDigest` the registry is asked for the tag's digest. Else it is what the configuration says.
 */
export function apiImageReference(image: ApiSettings['image']): Input<string> {
  const name = imageName(image);
  if (image.build) {
    const { platform, tag } = image;
    const build = { context: root, dockerfile: join(root, 'Dockerfile'), platform, args: { VERSION: tag } };
    return new docker.Image('api-image', { imageName: name, build }).repoDigest;
  }
  if (image.digest === undefined && image.lookUpDigest) {
    return docker.getRegistryImageOutput({ name }).sha256Digest.apply((digest) => `${name}@${digest}`);
  }
  return image.digest === undefined ? name : `${name}@${image.digest}`;
}
