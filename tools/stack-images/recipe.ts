/** How an image of the stack is made from what the package registries hold. */
export interface Recipe {
  /** `own` is made from this checkout, `real` is the program itself, a `stand-in` speaks its documented API. */
  readonly kind: 'own' | 'real' | 'stand-in';
  /** What it is and where it comes from: `LiteLLM 1.106.2 from PyPI`. */
  readonly what: string;
  /**
   * Makes it once, into the cache, and gives the path of its archive in Docker's form.
   *
   * @param name the image's whole name with registry and tag, as manifests say it.
   * @throws when it cannot be made, with why.
   */
  readonly make: (name: string) => Promise<string>;
}
