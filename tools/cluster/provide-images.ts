import type { Report } from '../one-node-cluster.ts';
import type { Recipe } from '../stack-images/recipe.ts';
import { recipeOf } from '../stack-images/stack-images.ts';
import { importImages, listImages, pullImage, storedName } from './container-runtime.ts';
import { noteProvided, providedImages, type Provided } from './image-records.ts';
import type { ArchivedImage } from './program-image.ts';

/** Longest time for a registry to say that it is there, in milliseconds. */
const registryAnswersWithinMs = 3_000;

/** Of images: while one is built, which takes processors, another one is downloaded. */
const atOnce = 2;

/** Of an image that somebody brought. */
const loaded: Provided = { source: 'loaded', kind: 'real', what: 'loaded from an archive' };

/** Gives the node images of what it is made of itself, unless it has these very ones. @throws when one is no archive. */
export async function ensureImages(images: readonly ArchivedImage[]): Promise<void> {
  const present = await listImages();
  for (const { name, archive } of images) {
    if (present.has(name) && providedImages()[name]?.source === archive) continue;
    await importImages(archive);
    noteProvided(name, { source: archive, kind: 'real', what: 'of the node itself' });
  }
}

/** Gives the node the images of an archive, in place of what it has under their names. @throws when it is none. */
export async function loadImages(archive: string): Promise<void> {
  const before = await listImages();
  await importImages(archive);
  for (const [name, digest] of await listImages()) {
    if (before.get(name) !== digest) noteProvided(name, undefined);
  }
}

/**
 * Gives the node images that it has not: from their registries where those are reached, else made from what package registries
 * hold. Those that are made from this checkout are made anew when it has changed; others that somebody loaded are kept.
 *
 * @returns those that it was given now.
 * @throws when an image can neither be pulled nor made.
 */
export async function provideImages(images: readonly string[], report: Report): Promise<string[]> {
  const present = await listImages();
  const given = new Set<string>();
  const queue = eachOnce(images);
  // A loop that throws ends the queue, and so the others.
  const work = async () => {
    for (const image of queue) {
      const isPresent = present.has(storedName(image));
      const known = isPresent ? providedImages()[image] : undefined;
      const isLoaded = isPresent && known === undefined && recipeFor(image)?.kind !== 'own';
      const provided = isLoaded ? loaded : await provide(image, known, report);
      if (provided === known) continue;
      noteProvided(image, provided);
      given.add(image);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return images.filter((image) => given.has(image));
}

/** Values for several that take the next one each. */
function* eachOnce<T>(values: Iterable<T>): Generator<T, void> {
  yield* values;
}

/** What is named by its digest is made by nobody else. */
const recipeFor = (image: string): Recipe | undefined => (image.includes('@') ? undefined : recipeOf(image));

async function provide(image: string, known: Provided | undefined, report: Report): Promise<Provided> {
  const recipe = recipeFor(image);
  if (recipe?.kind !== 'own') {
    // What has no recipe is of a registry, of somebody, or of the node itself.
    if (known && (recipe === undefined || known.source === 'registry' || known.source === loaded.source)) return known;
    if (await isReached(registryOf(image))) {
      report(`${image}: from its registry`);
      await pullImage(storedName(image));
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
