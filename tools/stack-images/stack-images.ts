import { imageName } from '../image-name.ts';
import { apiImage } from './api-image.ts';
import { debianImages } from './debian-images.ts';
import { goImages } from './go-images.ts';
import { pythonImages } from './python-images.ts';
import { whatIsMade, type Recipe } from './recipe.ts';
import { standinImages } from './standin-images.ts';

const recipes: Readonly<Record<string, Recipe>> = {
  ...debianImages,
  ...goImages,
  ...pythonImages,
  ...standinImages,
  'ghcr.io/ballast/ballast-api': apiImage,
};

/** How an image is made here, by its whole name; `undefined` where nobody knows. It says which release it is in place of. */
export function recipeOf(image: string): Recipe | undefined {
  const recipe = recipes[imageName(image).repository];
  return recipe && { ...recipe, what: whatIsMade(recipe, image) };
}
