import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { answerOf, type Answer } from './api-server-answer.ts';
import type { CertificateAccess } from './kubeconfig.ts';

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

/** Speaks to an API server as its administrator. */
export class ApiServerClient {
  /** Of an administrator: a member of system:masters. */
  readonly access: TokenAccess | CertificateAccess;
  readonly #agent: Agent;
  /** Who it is, where no certificate says so. */
  readonly #authorization: { readonly authorization?: string };

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
}
