import { Failure } from '../failure.ts';
import { isLoopback } from './reference.ts';

/** One request to a registry or to its token server. */
export interface RegistryRequest {
  readonly method: 'HEAD' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  /** Ends this request, those that it leads to, and their bodies. */
  readonly signal: AbortSignal;
  /** Whether unencrypted HTTP within this machine is allowed: for a registry that is itself there. */
  readonly local: boolean;
}

/** Redirects that are followed; registry.k8s.io makes one, to a registry near by. */
const mostRedirects = 5;

/**
 * Sends a request and follows its redirects. The token goes to the first origin only.
 *
 * @throws {Failure} with a sentence when no answer comes, or the way is not encrypted.
 */
export async function ask(url: URL, request: RegistryRequest): Promise<Response> {
  const { method, signal, local } = request;
  let to = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    if (to.protocol !== 'https:' && !(local && to.protocol === 'http:' && isLoopback(to))) {
      throw new Failure(`${to.origin} is not encrypted; only https is allowed`);
    }
    const { authorization, ...others } = request.headers;
    const headers = authorization !== undefined && to.origin === url.origin ? request.headers : others;
    const response = await answered(to, () => fetch(to, { method, headers, signal, redirect: 'manual' }));
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, to.href))
      throw new Failure(`${to.host} leads to ${JSON.stringify(location)}, which is no URL`);
    to = new URL(location, to);
  }
  throw new Failure(`${url.host} leads from one address to the next; ${mostRedirects} redirects are allowed`);
}

/**
 * What a server sends: the answer, or its body.
 *
 * @throws {Failure} with a sentence when nothing comes.
 */
export async function answered<T>({ host }: URL, sent: () => Promise<T>): Promise<T> {
  try {
    return await sent();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') throw new Failure(`${host} took too long`);
    // fetch says only that it failed; its cause has the system's code.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    const reason = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
    throw new Failure(`${host} cannot be reached (${reason})`);
  }
}
