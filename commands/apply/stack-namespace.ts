import type { Manifest } from '../../infra/render/manifest.ts';
import { Failure } from '../failure.ts';
import type { Kubectl } from '../kubectl.ts';

/** Annotation of a namespace: which stack was applied to it without Pulumi. It goes with everything that was applied. */
const appliedStack = 'ballast.dev/applied-stack';

/** The namespace of a stack as a cluster has it. */
export interface StackNamespace {
  /** This stack was applied to it, without Pulumi. */
  readonly isApplied: boolean;
  /** It is deleted, which takes until everything in it has ended. */
  readonly isTerminating: boolean;
}

/** The namespace of a stack; `undefined` where there is none. @throws {Failure} as kubectl does. */
export async function stackNamespace(
  kubectl: Kubectl,
  name: string,
  stack: string,
): Promise<StackNamespace | undefined> {
  const get = ['get', 'namespace', name, '--ignore-not-found', '--request-timeout=15s', '--output', 'json'];
  const found = await kubectl.run(get);
  if (found === '') return undefined;
  const { metadata } = JSON.parse(found) as Manifest;
  return {
    isApplied: metadata.annotations?.[appliedStack] === stack,
    isTerminating: 'deletionTimestamp' in metadata,
  };
}

/** A namespace that says that a stack was applied to it. */
export function markedNamespace(namespace: Manifest, stack: string): Manifest {
  const annotations = { ...namespace.metadata.annotations, [appliedStack]: stack };
  return { ...namespace, metadata: { ...namespace.metadata, annotations } };
}

/** @throws {Failure} when a namespace is being deleted: what is made in it then is refused. */
export function requireStays(name: string, there: StackNamespace | undefined): void {
  if (!there?.isTerminating) return;
  throw new Failure(
    `The namespace ${name} is being removed with all that is in it: try again when kubectl get namespace ${name} finds none.`,
  );
}

/**
 * Has a stack go into a namespace of its own alone: generated values that Pulumi's state has would be replaced, and everything
 * that was made with them be locked.
 *
 * @throws {Failure} when there is one that the stack was not applied to, and when it is being deleted.
 */
export function requireOwnNamespace(name: string, stack: string, there: StackNamespace | undefined): void {
  requireStays(name, there);
  if (there === undefined || there.isApplied) return;
  throw new Failure(
    `The namespace ${name} is there, and the stack ${stack} was not applied to it: Pulumi changes what Pulumi has made, and ` +
      'what is left of something else has to be removed first.',
  );
}
