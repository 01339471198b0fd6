import type { Identified } from './object.ts';

/** A Pulumi resource, as far as it makes an object. */
export interface Resource {
  readonly urn: string;
  /** Type token: `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** What it is made from. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the inputs whose changes Pulumi leaves out. */
  readonly ignoreChanges: readonly string[];
}

/**
 * The Kubernetes objects that resources make: none for a resource that makes none, as a component or a bucket, for a patch of
 * somebody else's object, and for a list, whose objects are resources of their own.
 */
export const madeObjects = (resources: readonly Resource[]): Identified[] =>
  resources.flatMap((resource) => madeObject(resource) ?? []);

function madeObject({ urn, type, inputs, ignoreChanges }: Resource): Identified | undefined {
  const [provider, , kind] = type.split(':');
  // `DeploymentPatch` is a type of the kind `Deployment`; a chart or a folder of YAML is of no kind.
  if (provider !== 'kubernetes' || kind === undefined || inputs['kind'] !== kind) return undefined;
  if (kind.endsWith('List') && 'items' in inputs) return undefined;
  return { object: inputs, source: urn, ignoreChanges };
}
