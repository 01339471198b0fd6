import type { RegisteredResource } from './registered-resource.ts';

/** One alias of a resource as the program wrote it: a URN, or what was different. */
export type Alias = string | { readonly name?: string; readonly type?: string; readonly parent?: string };

/**
 * Every URN under which the engine looks for a resource in what an earlier program left: its own, those of its aliases, and
 * those that it would have below its parent's earlier ones: https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
 *
 * @param all Every resource by its URN.
 */
export function knownAs(resource: RegisteredResource, all: ReadonlyMap<string, RegisteredResource>): string[] {
  const { parent: parentUrn, aliases } = resource.options;
  const parent = all.get(parentUrn);
  const parents = parent === undefined ? [parentUrn] : knownAs(parent, all);
  const earlier = [{}, ...aliases].flatMap((alias) => {
    if (typeof alias === 'string') return [alias];
    const { name = resource.name, type = resource.type, parent: other } = alias;
    return (other === undefined ? parents : [other]).map((each) => urnBelow(resource.urn, each, type, name));
  });
  return [...new Set(earlier)];
}

/** `urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>`; stack and project are those of another URN. */
export function urnBelow(sameStack: string, parent: string, type: string, name: string): string {
  const [stack, project] = sameStack.split('::');
  const parentTypes = parent.split('::')[2];
  return [stack, project, parentTypes === undefined ? type : `${parentTypes}$${type}`, name].join('::');
}
