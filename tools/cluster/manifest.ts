import { parseAllDocuments } from 'yaml';

/** A manifest, as far as it is changed before it is applied. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; annotations?: Record<string, string> };
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: Container[] } } };
  readonly data?: Record<string, string>;
}

/** A container of a Deployment's pods. */
export interface Container {
  image: string;
  args?: string[];
}

/** The manifests in a file of YAML. */
export function manifestsIn(text: string): Manifest[] {
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
  return manifests.filter((manifest) => manifest !== null);
}

/** The containers of all Deployments. */
export function containersOf(manifests: readonly Manifest[]): Container[] {
  return manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
}
