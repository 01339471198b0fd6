import type { ArgsOf, Kind } from './kinds.ts';

/**
 * Changes to the arguments of a part's objects, by kind: the way out where a part has no argument for something. Each is called
 * for every object of its kind, with the object's name, and answers the arguments to use.
 *
 * @example
 * const transform: Transforms = {
 *   service: (args, name) => ({ ...args, metadata: { ...args.metadata, annotations: { team: 'search' } } }),
 * };
 * new Redis(args, platform, { transform });
 */
export type Transforms = { readonly [K in Kind]?: (args: ArgsOf<K>, name: string) => ArgsOf<K> };

/** The arguments of one object after the part's transform of its kind, if there is one. */
export function transformed<K extends Kind>(
  transforms: Transforms | undefined,
  kind: K,
  args: ArgsOf<K>,
  name: string,
): ArgsOf<K> {
  const transform: Transforms[K] | undefined = transforms?.[kind];
  return transform === undefined ? args : transform(args, name);
}
