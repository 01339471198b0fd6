import type { StandinAnswer } from './answer.ts';
import { startStandin, type Standin, type StandinRequest } from './standin.ts';
import type { Fault } from './faults.ts';

/** What a stand-in of a registry holds, and how it answers. */
export interface RegistryOptions {
  /** Digests by `repository:tag`. Any text, so that it can be a wrong one. */
  readonly digests: Readonly<Record<string, string>>;
  /** Whether it wants a token, of its own token server, and in which field that names it. */
  readonly token?: 'token' | 'access_token';
  /** In place of the challenge that a registry with tokens sends. */
  readonly challenge?: string;
  /** In place of the token server's answer. */
  readonly tokenAnswer?: StandinAnswer;
  /** The `Location` to which it sends everybody who asks for the manifest at a path. */
  readonly redirect?: (path: string) => string;
}

/** A stand-in of a registry of images (OCI distribution), for digests of tags and nothing else. */
export interface RegistryStandin extends Standin<Fault> {
  /** `127.0.0.1:PORT`, as a reference begins. */
  readonly host: string;
  /** Requests that it answered, in order. */
  readonly seen: readonly StandinRequest[];
}

/** Digest that it gives to those who do not accept an index: of one platform, as registries do. */
const platformDigest = `sha256:${'0'.repeat(64)}`;

/** Starts a stand-in of a registry. Its tokens are for the service and the scope that they were asked for. */
export async function startRegistry(options: RegistryOptions): Promise<RegistryStandin> {
  const seen: StandinRequest[] = [];
  const standin: Standin<Fault> = await startStandin({
    name: 'registry',
    answer: (request) => {
      seen.push(request);
      return request.path === '/token' ? tokenFor(request, options) : manifest(request, options, standin.url);
    },
  });
  return Object.assign(standin, { host: new URL(standin.url).host, seen });
}

const service = 'the stand-in, "quoted"';

function tokenFor({ url, headers }: StandinRequest, { token = 'token', tokenAnswer }: RegistryOptions): StandinAnswer {
  if (tokenAnswer !== undefined) return tokenAnswer;
  const asked = new URL(url, 'http://standin').searchParams;
  // Anonymous only: whoever has an account here gave away a secret.
  if (asked.get('service') !== service || headers.authorization !== undefined) return { status: 400, body: {} };
  return { status: 200, body: { [token]: tokenOf(asked.get('scope') ?? '') } };
}

function manifest(
  { method, path, headers }: StandinRequest,
  { digests, token, challenge, redirect }: RegistryOptions,
  origin: string,
): StandinAnswer {
  const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
  const scope = `repository:${repository}:pull`;
  if ((token ?? challenge) !== undefined && headers.authorization !== `Bearer ${tokenOf(scope)}`) {
    const usual = `Basic realm="accounts", Bearer realm="${origin}/token",service="${service.replaceAll('"', '\\"')}",scope="${scope}"`;
    return { status: 401, headers: { 'www-authenticate': challenge ?? usual }, body: {} };
  }
  if (redirect !== undefined) return { status: 307, headers: { location: redirect(path) }, body: '' };
  const digest = digests[`${repository}:${tag}`];
  if (digest === undefined || method !== 'HEAD')
    return { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } };
  const index = /application\/vnd\.oci\.image\.index\.v1\+json/.test(headers.accept ?? '');
  return { status: 200, headers: { 'docker-content-digest': index ? digest : platformDigest }, body: '{}' };
}

function tokenOf(scope: string): string {
  return Buffer.from(scope).toString('base64url');
}
