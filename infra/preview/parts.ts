import type { Manifest } from '../render/manifest.ts';
import { runsCopies } from './copies.ts';
import { textAt } from './untyped.ts';

const label = (object: unknown, name: string) => textAt(object, 'metadata', 'labels', `app.kubernetes.io/${name}`);

/** Part of what belongs to no workload: the namespace, its quota. */
const wholeStack = 'stack';

/**
 * Finds the part that a resource belongs to, by the label `app.kubernetes.io/component`. That of a Secret may be the name of the
 * workload that it is for, and then counts as the component of that workload; so does the name of a component of Pulumi's tree.
 */
export function partsOf(objects: readonly Manifest[]): (resource: unknown, parent?: string) => string {
  const components = new Map<string, string>();
  for (const object of objects.filter((each) => runsCopies(each) || each.kind === 'CronJob')) {
    const [name, component] = [label(object, 'name'), label(object, 'component')];
    if (name !== undefined && component !== undefined && name !== component && !components.has(name)) {
      components.set(name, component);
    }
  }
  return (resource, parent) => {
    const own = label(resource, 'component') ?? parent ?? label(resource, 'name') ?? wholeStack;
    return components.get(own) ?? own;
  };
}
