import type { FieldChange } from '../render/compare.ts';
import type { Manifest } from '../render/manifest.ts';

/** What happens to a resource. `replace` is a deletion and a creation; `import` takes over what exists already. */
export type Operation = 'create' | 'update' | 'replace' | 'delete' | 'import';

/** What applying a change does beyond the change itself. */
export interface Consequence {
  readonly kind: 'replace' | 'restart' | 'rotation' | 'data';
  /** Our own words, as the end of a sentence: `its pod template changes`. */
  readonly reason: string;
  /** Paths of the fields that bring it about; none where the reason says all. */
  readonly fields: readonly string[];
}

/** One resource that changes. No value in it is a secret. */
export interface ResourceChange {
  readonly operation: Operation;
  /** Kind of an object: `StatefulSet`; of other resources the last word of their type: `RandomPassword`. */
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** What it belongs to: `vector-store`. */
  readonly part: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** What differs, where there are both sides. */
  readonly fields: readonly FieldChange[];
  readonly consequence?: Consequence;
}

/** A resource that has another name or place in the program, while its object stays. */
export interface Renaming {
  readonly kind: string;
  /** Names in the program, or with their parents where only those differ. */
  readonly from: string;
  readonly to: string;
  /** Whether the object is updated as well. */
  readonly changes: boolean;
}

/** Everything that a pull request changes in one stack, wherever that was read from. */
export interface StackPreview {
  readonly stack: string;
  /** `pulumi`: the state of the deployed stack is compared. `manifests`: two renders are. */
  readonly source: 'pulumi' | 'manifests';
  readonly changes: readonly ResourceChange[];
  readonly renamed: readonly Renaming[];
  /** Why the preview failed; none when it succeeded. */
  readonly errors: readonly string[];
  /** What is not known: the program of the pull request could not be rendered, or Pulumi failed and two renders are compared. */
  readonly failed?: 'render' | 'pulumi';
  readonly objects: StackObjects;
}

/** The Kubernetes objects of a stack before and after. */
export interface StackObjects {
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
  /** Whether those that do not change are among them. */
  readonly complete: boolean;
}
