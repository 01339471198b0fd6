import { imageName } from '../image-name.ts';

/** How an image of the stack is made from what the package registries hold. */
export interface Recipe {
  /** `own` is made from this checkout, `real` is the program itself, a `stand-in` speaks its documented API. */
  readonly kind: 'own' | 'real' | 'stand-in';
  /** What it is and where it comes from: `LiteLLM 1.106.2 from PyPI`. */
  readonly what: string;
  /** The release that it is: `1.106.2`; `undefined` where that is nothing that a tag would say. */
  readonly release?: string | undefined;
  /**
   * Makes it once, into the cache, and gives the path of its archive in Docker's form.
   *
   * @param name the image's whole name with registry and tag, as manifests say it.
   * @throws when it cannot be made, with why.
   */
  readonly make: (name: string) => Promise<string>;
}

/** What a recipe makes under a name: another release than its tag says, where that is so. */
export function whatIsMade({ what, release }: Pick<Recipe, 'what' | 'release'>, name: string): string {
  if (release === undefined) return what;
  const { tag = '' } = imageName(name);
  const asked = /\d+(?:\.\d+)+/.exec(tag)?.[0];
  return asked === release ? what : `${what}${inPlaceOf}${asked ?? name}`;
}

const inPlaceOf = ', in place of ';

/** Whether what was made, in words, is another release than its name says. */
export const isAnotherRelease = (what: string) => what.includes(inPlaceOf);
