import * as pulumi from '@pulumi/pulumi';
import type { SecretDescription } from './secret.ts';
import type { Route } from './route.ts';
import type { Workload } from './workload.ts';

/** All that a part is, as plain data. */
export interface PartDescription {
  readonly workloads: readonly Workload[];
  readonly secrets?: readonly SecretDescription[];
  /** What of it the outside reaches, through the gateway. */
  readonly routes?: readonly Route[];
}

/** Realises parts. One object for the whole stack; it knows every part, and makes their resources when it has all of them. */
export interface Platform<Transforms = object> {
  /** Takes a part in; its resources become children of its component. */
  realise(part: Part, transforms: Transforms | undefined): void;
}

/** What each part takes beside its own arguments. */
export interface PartOptions<Transforms = object> extends pulumi.ComponentResourceOptions {
  /** Changes to the arguments of single resources, by kind: the way out where an argument is missing. */
  readonly transform?: Transforms;
}

/**
 * A part of the stack: one component in Pulumi's tree, with everything that it is made of below it.
 *
 * A subclass computes its description from its arguments by a pure function, hands it on, and has as readonly fields what
 * others need of it.
 */
export abstract class Part extends pulumi.ComponentResource {
  readonly partName: string;
  readonly description: PartDescription;

  /** @param type Name of the class, for the resource type `ballast:stack:<type>`. */
  constructor(type: string, name: string, description: PartDescription, platform: Platform, options: PartOptions = {}) {
    const { transform, ...rest } = options;
    super(`ballast:stack:${type}`, name, {}, rest);
    this.partName = name;
    this.description = description;
    platform.realise(this, transform);
    this.registerOutputs({});
  }
}
