import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';

/** What every object of Kubernetes has. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

/** What the API server answered. */
export interface Answer {
  readonly status: number;
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown;
  /** The message of an answer of 400 or above: why the API server refuses. */
  readonly refusal: string | undefined;
  /** The texts of the `Warning` headers: deprecated fields, or what the namespace's Pod Security would refuse in Pods. */
  readonly warnings: readonly string[];
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Validates and admits the object without storing it. By default it is stored. */
  readonly dryRun?: boolean;
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
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** Of an administrator: a member of system:masters. */
  readonly token: string;
  /** Certificate of the authority that signed the API server's, as PEM. */
  readonly ca: string;
  readonly #agent: Agent;
  /** By `apiVersion`. */
  readonly #resources = new Map<string, readonly Resource[]>();

  constructor(server: { readonly url: string; readonly token: string; readonly ca: string }) {
    this.url = server.url;
    this.token = server.token;
    this.ca = server.ca;
    this.#agent = new Agent({ ca: server.ca, keepAlive: true, maxSockets: 8 });
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
    const described = content && { 'content-type': contentType, 'content-length': Buffer.byteLength(content) };
    const headers = { authorization: `Bearer ${this.token}`, ...described };
    const sent = httpsRequest(new URL(path, this.url), { method, headers, agent: this.#agent }).end(content);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
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
   * Every object of a list as it is, and then each change of one, until {@link close} or until the server ends it.
   *
   * @param path Of the list: `/api/v1/pods`.
   * @throws when the server refuses, at the beginning or later.
   */
  async *watch<T>(path: string): AsyncGenerator<WatchEvent<T>> {
    // Version 0 is what the server has in memory. The newest version it could not be sure of before a first object is there,
    // since an etcd of 3.4 does not say that nothing has changed.
    const url = new URL(`${path}?watch=1&resourceVersion=0`, this.url);
    const sent = httpsRequest(url, { headers: { authorization: `Bearer ${this.token}` }, agent: this.#agent }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`it is refused to watch ${path}: ${await text(response)}`);
    // Whoever has left the loop does not hear that the connection broke, which would end the process.
    const lines = createInterface(response).on('error', () => undefined);
    for await (const line of lines) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: { message: string } };
      if (event.type === 'ERROR') throw new Error(`the watch of ${path} ended: ${event.object.message}`);
      yield event;
    }
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

function answerOf({ statusCode = 0, headersDistinct }: IncomingMessage, content: string): Answer {
  const body = parsed(content);
  const message = (body as { message?: string } | null)?.message ?? content;
  return {
    status: statusCode,
    body,
    refusal: statusCode >= 400 ? message : undefined,
    warnings: (headersDistinct['warning'] ?? []).map(warningText),
  };
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/** `299 - "text"`, where quotes and backslashes in the text are escaped (RFC 7234, section 5.5). */
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "(.*)"$/s.exec(header)?.[1];
  return quoted === undefined ? header : quoted.replaceAll(/\\(.)/g, '$1');
}
