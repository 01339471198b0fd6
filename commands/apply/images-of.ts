import { at, listAt, textAt } from '../../infra/preview/untyped.ts';
import type { Manifest } from '../../infra/render/manifest.ts';

/** The images that the containers of manifests run from, each once, sorted. */
export function imagesOf(manifests: readonly Manifest[]): string[] {
  const images = manifests.flatMap((manifest) => {
    const template = at(manifest, 'spec', 'jobTemplate', 'spec', 'template') ?? at(manifest, 'spec', 'template');
    const containers = ['initContainers', 'containers'].flatMap((list) => listAt(template, 'spec', list));
    return containers.flatMap((container) => textAt(container, 'image') ?? []);
  });
  return [...new Set(images)].sort();
}
