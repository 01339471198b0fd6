import type { PolicyResource, ResourceValidationArgs } from '@pulumi/policy';
import type { Identified } from '../kubernetes/object.ts';
import { madeObjects, type Resource } from '../kubernetes/resource.ts';

/**
 * What each resource of a run is made from. When Pulumi has all resources judged together it tells what they are by then, with
 * all that the cluster has filled in: a number of copies that an autoscaler has set is told from one in the program only here.
 */
export class SeenInputs {
  readonly #inputs = new Map<string, Resource>();

  /** Notes a resource before it is made. */
  note(args: ResourceValidationArgs): void {
    this.#inputs.set(args.urn, resourceOf(args));
  }

  /** The Kubernetes objects among resources, as they are in the program; one that this run leaves alone is as it is. */
  objectsOf(resources: readonly PolicyResource[]): Identified[] {
    return madeObjects(resources.map((resource) => this.#inputs.get(resource.urn) ?? resourceOf(resource)));
  }
}

/** A resource as Pulumi's runner has it. */
export function resourceOf({ urn, type, props, opts }: PolicyResource | ResourceValidationArgs): Resource {
  return { urn, type, inputs: props, ignoreChanges: opts.ignoreChanges };
}
