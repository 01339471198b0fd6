import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { answerOf, type Answer } from './api-server-answer.ts';
import type { CertificateAccess } from './kubeconfig.ts';

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

/** How an API server is reached by whoever has a token for it. */
export interface TokenAccess {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** Certificate of the authority that signed the API server's, as PEM. */
  readonly ca: string;
  readonly token: string;
}

/** A list as it is, and what becomes of it. */
export interface Watched<T> {
  /** Unlike an object that is read by itself, each lacks its apiVersion and kind. */
  readonly objects: readonly T[];
  /** Each change since, until {@link ApiServerClient.close} or until the server ends it, as it does after a while. */
  readonly changes: AsyncGenerator<WatchEvent<T>>;
}

/** A change of an object. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As it is now; as it was last when it is deleted. */
  readonly object: T;
}

/** A kind as discovery lists it. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Speaks to an API server as its administrator. */
export class ApiServerClient {
  /** Of an administrator: a member of system:masters. */
  readonly access: TokenAccess | CertificateAccess;
  readonly #agent: Agent;
  /** Who it is, where no certificate says so. */
  readonly #authorization: { readonly authorization?: string };
  /** By `apiVersion`. */
  readonly #resources = new Map<string, readonly Resource[]>();

  constructor(access: TokenAccess | CertificateAccess) {
    this.access = access;
    const identity = 'token' in access ? {} : { cert: access.certificate, key: access.key };
    this.#agent = new Agent({ ca: access.ca, ...identity, keepAlive: true, maxSockets: 8 });
    this.#authorization = 'token' in access ? { authorization: `Bearer ${access.token}` } : {};
  }

  /**
   * Sends one request.
   *
   * @param path With its query: `/api/v1/namespaces?limit=1`.
   * @param body Sent as JSON.
   * @param contentType Of the body: `application/json` by default; a PATCH needs the one of its kind of patch.
   * @throws when there is no answer; a refusal is an {@link Answer}.
   */
  async request(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    const content = body === undefined ? undefined : JSON.stringify(body);
    // Node sends the body of a DELETE with no length unless it is told one.
    const described =
      content === undefined ? undefined : { 'content-type': contentType, 'content-length': Buffer.byteLength(content) };
    const response = await this.#send(method, path, described, content);
    return answerOf(response, await text(response));
  }

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

  /**
   * Every object of a list as it is, and each change after that.
   *
   * @param path Of the list: `/api/v1/pods`.
   * @throws when the server refuses, at the beginning or later.
   */
  async watch<T>(path: string): Promise<Watched<T>> {
    // One request could do both, but not with an etcd of 3.4: it does not say that nothing has changed.
    const { body, refusal } = await this.request('GET', path);
    if (refusal !== undefined) throw new Error(`it is refused to list ${path}: ${refusal}`);
    const { items, metadata } = body as { items: T[]; metadata: { resourceVersion: string } };
    return { objects: items, changes: this.#changes(path, metadata.resourceVersion) };
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

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }

  async *#changes<T>(path: string, since: string): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#send('GET', `${path}?watch=1&resourceVersion=${since}`);
    if (response.statusCode !== 200) throw new Error(`it is refused to watch ${path}: ${await text(response)}`);
    // Whoever has left the loop does not hear that the connection broke, which would end the process.
    const lines = createInterface(response).on('error', () => undefined);
    for await (const line of lines) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: { message: string } };
      if (event.type === 'ERROR') throw new Error(`the watch of ${path} ended: ${event.object.message}`);
      yield event;
    }
  }

  /** @throws when there is no answer. */
  async #send(method: string, path: string, described?: object, content?: string): Promise<IncomingMessage> {
    const headers = { ...this.#authorization, ...described };
    const sent = httpsRequest(new URL(path, this.access.url), { method, headers, agent: this.#agent }).end(content);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
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
