import type { Answer } from '../../tools/cluster/api-server-answer.ts';
import { ApiServerClient } from '../../tools/cluster/api-server-client.ts';

/** What every object of Kubernetes has. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Validates and admits the object without storing it. By default it is stored. */
  readonly dryRun?: boolean;
}

/** A kind as discovery lists it. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** A client that knows kinds by discovery, and so can apply objects. */
export class ObjectsClient extends ApiServerClient {
  /** By `apiVersion`. */
  readonly #resources = new Map<string, readonly Resource[]>();

  /**
   * Applies an object on the server's side, with strict field validation: a field that its kind does not have refuses it.
   * The namespace that it names must exist, in a dry run too.
   *
   * @throws when the API server does not know the kind, or the object lacks a name or the namespace that its kind needs.
   */
  async apply(object: KubernetesObject, { dryRun = false }: ApplyOptions = {}): Promise<Answer> {
    const query = `fieldManager=ballast-test&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    const path = `${await this.pathOf(object)}?${query}`;
    return this.request('PATCH', path, object, 'application/apply-patch+yaml');
  }

  /** Path of an object, by discovery. @throws as {@link apply} does. */
  async pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): Promise<string> {
    const resource = await this.#resource(apiVersion, kind);
    if (name === undefined) throw new Error(`a ${kind} has no metadata.name`);
    if (!resource.namespaced) return `${groupPath(apiVersion)}/${resource.name}/${name}`;
    if (namespace === undefined) throw new Error(`${kind} ${name} has no metadata.namespace`);
    return `${groupPath(apiVersion)}/namespaces/${namespace}/${resource.name}/${name}`;
  }

  /** Whether the API server serves a kind. */
  async serves(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.#find(apiVersion, kind)) !== undefined;
  }

  async #resource(apiVersion: string, kind: string): Promise<Resource> {
    const resource = await this.#find(apiVersion, kind);
    if (resource === undefined) throw new Error(`the API server does not know the kind ${kind} of ${apiVersion}`);
    return resource;
  }

  /** What was found is kept; what was not is asked again, since a definition may have been installed. */
  async #find(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const known = this.#resources.get(apiVersion)?.find((resource) => resource.kind === kind);
    if (known) return known;
    const { status, body } = await this.request('GET', groupPath(apiVersion));
    // Subresources are listed too, by a name with a slash.
    const listed = status === 200 ? (body as { resources: Resource[] }).resources : [];
    const resources = listed.filter(({ name }) => !name.includes('/'));
    this.#resources.set(apiVersion, resources);
    return resources.find((resource) => resource.kind === kind);
  }
}

/** The core group is at a path of its own. */
function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
