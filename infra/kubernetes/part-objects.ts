import type * as pulumi from '@pulumi/pulumi';
import { classOf, type ArgsOf, type Kind, type ResourceOf } from './kinds.ts';
import type { Labels } from './labels.ts';
import { transformed, type Transforms } from './transforms.ts';

/** What an object is called and marked with; everything else about it is its kind's own. */
export interface Identity {
  /** Name in the cluster, at most 62 characters, and in the program; stable, since a new one is a new object. */
  readonly name: string;
  readonly labels: Labels;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** No namespace has it; `name` then carries the namespace, so that two stacks in one cluster do not meet. */
  readonly clusterWide?: boolean;
}

/** Annotation by which Pulumi does not wait until an object is ready. */
export const skipAwait = { 'pulumi.com/skipAwait': 'true' } as const;

/** Where the objects of one part belong. */
export interface PartObjectsArgs {
  /** The component that they are children of. */
  readonly part: pulumi.Resource;
  readonly provider: pulumi.ProviderResource;
  readonly namespace: pulumi.Input<string>;
  readonly transforms: Transforms | undefined;
}

/** Makes the objects of one part: named, in the stack's namespace, below the part, changed by the part's transforms. */
export class PartObjects {
  readonly #args: PartObjectsArgs;

  constructor(args: PartObjectsArgs) {
    this.#args = args;
  }

  /** The part, as the parent of what is made elsewhere. */
  get parent(): pulumi.Resource {
    return this.#args.part;
  }

  /**
   * Makes one object.
   *
   * @param body The kind's own arguments, without `metadata`.
   * @throws when the name is too long.
   */
  make<K extends Kind>(
    kind: K,
    { name, labels, annotations, clusterWide = false }: Identity,
    body: Omit<ArgsOf<K>, 'metadata'>,
    options: pulumi.CustomResourceOptions = {},
  ): ResourceOf<K> {
    checkName(kind, name);
    const metadata = {
      name,
      labels,
      ...(annotations && { annotations }),
      ...(clusterWide ? {} : { namespace: this.#args.namespace }),
    };
    const { part, provider, transforms } = this.#args;
    const args = transformed(transforms, kind, { metadata, ...body }, name);
    return new (classOf(kind))(name, args, { parent: part, provider, ...options });
  }
}

/** Labels and host names end at 63 characters. */
const longest = 62;

/** The controller adds to these names: 11 characters for a job's time, as many for a revision's hash in a pod's label. */
const longestWithSuffix: Partial<Record<Kind, number>> = { cronJob: 52, statefulSet: 52 };

function checkName(kind: Kind, name: string): void {
  const most = longestWithSuffix[kind] ?? longest;
  if (name.length > most)
    throw new Error(`The name ${name} has ${name.length} characters; a ${kind} has at most ${most}`);
}
