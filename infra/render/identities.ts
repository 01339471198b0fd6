import { knownAs } from './aliases.ts';
import type { RegisteredResource } from './registered-resource.ts';
import { groupOf, type Manifest } from './manifest.ts';

/** The URNs that each object of a stack has had, the present one first, by the object: `apps/StatefulSet redis`. */
export type Identities = Readonly<Record<string, readonly string[]>>;

/**
 * What is recorded after this program. A new URN is taken up only with aliases for all earlier ones; what the program no longer
 * makes is dropped.
 */
export function recordIdentities(recorded: Identities, resources: readonly RegisteredResource[]): Identities {
  const found = lookUp(recorded, resources).map(({ object, urn, earlier, lost }) => {
    return [object, lost.length > 0 ? earlier : [urn, ...earlier.filter((each) => each !== urn)]] as const;
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The objects that the engine would delete and make anew, since it does not know them by the URN that they had. */
export function lostIdentities(recorded: Identities, resources: readonly RegisteredResource[]): string[] {
  return lookUp(recorded, resources).flatMap(({ object, urn, lost }) =>
    lost.map((each) => `${object} was ${each} and is now ${urn}: give the resource or its parent an alias`),
  );
}

function lookUp(recorded: Identities, resources: readonly RegisteredResource[]) {
  const all = new Map(resources.map((resource) => [resource.urn, resource]));
  const objects = resources.filter(({ type }) => /^kubernetes:.*\//.test(type));
  return objects.map((resource) => {
    const object = objectOf(resource);
    const earlier = recorded[object] ?? [];
    const known = knownAs(resource, all);
    return { object, urn: resource.urn, earlier, lost: earlier.filter((urn) => !known.includes(urn)) };
  });
}

/** Without the version of its API: the same object is served in several. */
function objectOf({ inputs }: RegisteredResource): string {
  const manifest = inputs as unknown as Manifest;
  const group = groupOf(manifest);
  return `${group === '' ? '' : `${group}/`}${manifest.kind} ${manifest.metadata.name}`;
}
