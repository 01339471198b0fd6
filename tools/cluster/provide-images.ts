import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../one-node-cluster.ts';
import type { Recipe } from '../stack-images/recipe.ts';
import { recipeOf } from '../stack-images/stack-images.ts';
import { importImages, listImages, pullImage } from './container-runtime.ts';
import { folder } from './layout.ts';

/** Where an image of the node came from. */
export interface Provided {
  /** Path of an archive, or `registry`. */
  readonly source: string;
  readonly kind: Recipe['kind'];
  /** In words: `Stand-in for Grafana`. */
  readonly what: string;
}

/** Longest time for a registry to say that it is there, in milliseconds. */
const registryAnswersWithinMs = 3_000;

const record = join(folder, 'images.json');

/** The images that the node was given, by name. */
export function providedImages(): Readonly<Record<string, Provided>> {
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as Record<string, Provided>;
  } catch {
    return {};
  }
}

/**
 * Gives the node images that it has not: from their registries where those are reached, else made from what package registries
 * hold. Those that are made from this checkout are made anew when it has changed.
 *
 * @throws when an image can neither be pulled nor made.
 */
export async function provideImages(images: readonly string[], report: Report): Promise<void> {
  const present = await listImages();
  for (const image of images) {
    const known = present.has(image) ? providedImages()[image] : undefined;
    const provided = await provide(image, known, report);
    if (provided !== known)
      writeFileSync(record, JSON.stringify({ ...providedImages(), [image]: provided }, undefined, 2));
  }
}

async function provide(image: string, known: Provided | undefined, report: Report): Promise<Provided> {
  const recipe = recipeOf(image);
  if (recipe?.kind !== 'own') {
    if (known?.source === 'registry') return known;
    if (await isReached(registryOf(image))) {
      report(`${image}: from its registry`);
      await pullImage(image);
      return { source: 'registry', kind: 'real', what: 'from its registry' };
    }
    if (recipe === undefined) {
      throw new Error(
        `${image} is not had here: its registry is not reached, and nothing is known to make it from. Bring it as an ` +
          'archive: npm run cluster -- load ARCHIVE',
      );
    }
  }
  const archive = await recipe.make(image);
  if (known?.source === archive) return known;
  report(`${image}: ${recipe.what}`);
  await importImages(archive);
  return { source: archive, kind: recipe.kind, what: recipe.what };
}

/** `docker.io/library/redis:7` is at Docker's registry, whose name is another. */
function registryOf(image: string): string {
  const host = image.split('/')[0] ?? '';
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

const reached = new Map<string, Promise<boolean>>();

/** Whether a registry answers; what it answers to whom it does not know does not matter. Each is asked once. */
function isReached(registry: string): Promise<boolean> {
  const asked =
    reached.get(registry) ??
    fetch(`https://${registry}/v2/`, { signal: AbortSignal.timeout(registryAnswersWithinMs) }).then(
      ({ headers }) => headers.has('docker-distribution-api-version'),
      () => false,
    );
  reached.set(registry, asked);
  return asked;
}
