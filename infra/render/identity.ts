import { groupOf, type Manifest } from './manifest.ts';

/** What tells an object from all others of a cluster, whatever its version. */
export const identityOf = (manifest: Manifest): string =>
  JSON.stringify([groupOf(manifest), manifest.kind, manifest.metadata.namespace ?? '', manifest.metadata.name]);

/** Objects by what they are. */
export const byIdentity = (manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> =>
  new Map(manifests.map((manifest) => [identityOf(manifest), manifest]));
