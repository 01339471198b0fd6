import { z } from 'zod';
import { Failure } from '../failure.ts';
import { bearerChallenge } from './challenge.ts';
import { isLoopback, manifestUrl, parseReference, type ImageReference } from './reference.ts';
import { answered, ask, type RegistryRequest } from './request.ts';

/**
 * What a tag can stand for: all platforms of an image, or its only one. Both, since a registry answers with one platform to
 * those who do not know of more: https://distribution.github.io/distribution/spec/manifest-v2-2/#backward-compatibility
 */
const mediaTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** A digest as the lock file holds it: SHA-256 in lower-case hexadecimal. */
export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: 'expected sha256: and 64 hexadecimal digits' });

/** What RFC 6750 allows in a header. Token servers name it in either way, or in both. */
const bearerToken = z.string().regex(/^[\w.~+/-]+=*$/);
const tokenAnswer = z
  .union([z.object({ token: bearerToken }), z.object({ access_token: bearerToken })])
  .transform((answer) => ('token' in answer ? answer.token : answer.access_token));

/**
 * The digest that a tag has now, of its registry, without an account. By HEAD, which Docker Hub does not count as a pull:
 * https://docs.docker.com/docker-hub/usage/pulls/
 *
 * @param timeoutMs For everything together.
 * @throws {Failure} with a sentence that begins with the reference.
 */
export async function currentDigest(reference: string, timeoutMs: number): Promise<string> {
  try {
    const image = parseReference(reference);
    const url = manifestUrl(image);
    const request: RegistryRequest = {
      method: 'HEAD',
      headers: { accept: mediaTypes.join(', ') },
      signal: AbortSignal.timeout(timeoutMs),
      local: isLoopback(url),
    };
    const response = await ask(url, request);
    if (response.status !== 401) return digestOf(url, response);
    const authorization = `Bearer ${await anonymousToken(url, response, image, request)}`;
    return digestOf(url, await ask(url, { ...request, headers: { ...request.headers, authorization } }));
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`${reference}: ${error.message}`);
    throw error;
  }
}

/** A token for everybody, from where the registry says: https://distribution.github.io/distribution/spec/auth/token/ */
async function anonymousToken(
  { host }: URL,
  { headers }: Response,
  { repository }: ImageReference,
  { signal, local }: RegistryRequest,
): Promise<string> {
  const challenge = bearerChallenge(headers.get('www-authenticate') ?? '');
  if (challenge === undefined) throw new Failure(`${host} wants an account (401)`);
  const { realm, service, scope = `repository:${repository}:pull` } = challenge;
  if (!URL.canParse(realm)) throw new Failure(`${host} names ${JSON.stringify(realm)} for tokens, which is no URL`);
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  const response = await ask(url, { method: 'GET', headers: { accept: 'application/json' }, signal, local });
  const text = await answered(url, () => response.text());
  if (response.status !== 200) throw new Failure(refusal(url, response));
  const token = tokenAnswer.safeParse(parseJson(text));
  if (!token.success) throw new Failure(`${url.host} answered without a token`);
  return token.data;
}

function digestOf(url: URL, response: Response): string {
  if (response.status !== 200) throw new Failure(refusal(url, response));
  const sent = response.headers.get('docker-content-digest');
  const digest = digestSchema.safeParse(sent);
  if (digest.success) return digest.data;
  throw new Failure(`${url.host} sent the digest ${JSON.stringify(sent)}; ${digest.error.issues[0]?.message ?? ''}`);
}

function refusal({ host }: URL, { status, headers }: Response): string {
  if (status === 404) return `${host} has no such image or tag (404)`;
  // Registries say the same of what is private and of what does not exist.
  if (status === 401 || status === 403)
    return `${host} does not give it without an account, or has no such image (${status})`;
  if (status !== 429) return `${host} answered ${status}`;
  const seconds = headers.get('retry-after') ?? '';
  return `${host} allows no more requests for now (429); try again ${/^\d+$/.test(seconds) ? `in ${seconds} s` : 'later'}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
