import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../stack-images/recipe.ts';
import { folder } from './layout.ts';

/** Where an image of the node came from. */
export interface Provided {
  /** Path of an archive that was made here, `registry`, or `loaded` where somebody brought it. */
  readonly source: string;
  readonly kind: Recipe['kind'];
  /** In words: `Stand-in for Grafana`. */
  readonly what: string;
}

const path = join(folder, 'images.json');

/** The images that the node was given, by name. What it has beside them was loaded by somebody. */
export function providedImages(): Readonly<Record<string, Provided>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Provided>;
  } catch {
    return {};
  }
}

/** Notes that the node has an image; `undefined`, that it has another one under that name. */
export function noteProvided(image: string, provided: Provided | undefined): void {
  writeFileSync(path, JSON.stringify({ ...providedImages(), [image]: provided }, undefined, 2));
}
