import { expect, describe, it, onTestFinished } from 'vitest';
import { startRegistry, type RegistryOptions, type RegistryStandin } from '../../test/standins/registry.ts';
import { Failure } from '../failure.ts';
import { currentDigest } from './registry.ts';

const digest = `sha256:${'5e'.repeat(32)}`;
const digests = { 'team/tool:v1': digest };

async function registry(options: Partial<RegistryOptions> = {}): Promise<RegistryStandin> {
  const started = await startRegistry({ digests, ...options });
  onTestFinished(() => started.close());
  return started;
}

const ask = ({ host }: RegistryStandin, timeoutMs = 20_000) => currentDigest(`${host}/team/tool:v1`, timeoutMs);

/** The sentence of a failure, with HOST for the stand-in's and without the reference that it begins with. */
async function sentence(standin: RegistryStandin, timeoutMs?: number): Promise<string> {
  const error: unknown = await ask(standin, timeoutMs).catch((error: unknown) => error);
  if (!(error instanceof Failure)) throw new Error(`no failure: ${String(error)}`);
  const begin = `${standin.host}/team/tool:v1: `;
  expect(error.message.startsWith(begin)).toBe(true);
  return error.message.slice(begin.length).replaceAll(standin.host, 'HOST');
}

describe('the digest of a tag', () => {
  it('is that of all platforms, by one HEAD', async () => {
    const standin = await registry();
    expect(await ask(standin)).toBe(digest);
    expect(standin.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['HEAD /v2/team/tool/manifests/v1']);
  });

  it('may be that of the only platform', async () => {
    const standin = await registry();
    await ask(standin);
    const accepted = standin.seen[0]?.headers.accept?.split(', ');
    expect(accepted).toContain('application/vnd.docker.distribution.manifest.list.v2+json');
    expect(accepted).toContain('application/vnd.oci.image.manifest.v1+json');
    expect(accepted).toContain('application/vnd.docker.distribution.manifest.v2+json');
  });

  it.each(['token', 'access_token'] as const)('is had with an anonymous token, named %s', async (token) => {
    const standin = await registry({ token });
    expect(await ask(standin)).toBe(digest);
    expect(standin.seen.map(({ path }) => path)).toEqual([
      '/v2/team/tool/manifests/v1',
      '/token',
      '/v2/team/tool/manifests/v1',
    ]);
  });

  it('is had where the challenge names no scope: the token is asked for to pull the image', async () => {
    const tokens = await registry({ token: 'token' });
    const challenge = `Bearer realm="${tokens.url}/token?kept=1",service="the stand-in, \\"quoted\\""`;
    expect(await ask(await registry({ challenge }))).toBe(digest);
    const { searchParams } = new URL(tokens.seen[0]?.url ?? '', tokens.url);
    expect(Object.fromEntries(searchParams)).toMatchObject({ kept: '1', scope: 'repository:team/tool:pull' });
  });

  it('is had through a redirect, and the token stays where it belongs', async () => {
    const near = await registry();
    const standin = await registry({ token: 'token', redirect: (path) => `${near.url}${path}` });
    expect(await ask(standin)).toBe(digest);
    expect(near.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(near.seen[0]?.headers.accept).toBe(standin.seen[0]?.headers.accept);
  });
});

describe('no digest is had', () => {
  it('where there is no such tag', async () => {
    expect(await sentence(await registry({ digests: {} }))).toBe('HOST has no such image or tag (404)');
  });

  it.each([
    [undefined, 'later'],
    [30, 'in 30 s'],
    ['Fri, 31 Dec 1999 23:59:59 GMT', 'later'],
  ])('where too many asked already: Retry-After %s', async (retryAfter, when) => {
    const standin = await registry();
    await standin.setFault({ kind: 'status', status: 429, ...(retryAfter !== undefined && { retryAfter }) });
    expect(await sentence(standin)).toBe(`HOST allows no more requests for now (429); try again ${when}`);
  });

  it('where the registry fails', async () => {
    const standin = await registry();
    await standin.setFault({ kind: 'status', status: 503 });
    expect(await sentence(standin)).toBe('HOST answered 503');
  });

  it('where the image is private, with a token or without', async () => {
    const standin = await registry();
    await standin.setFault({ kind: 'status', status: 403 });
    expect(await sentence(standin)).toBe('HOST does not give it without an account, or has no such image (403)');
    await standin.setFault({ kind: 'status', status: 401 });
    expect(await sentence(standin)).toBe('HOST wants an account (401)');
    const refusing = await registry({ token: 'token', tokenAnswer: { status: 200, body: { token: 'wrong' } } });
    expect(await sentence(refusing)).toBe('HOST does not give it without an account, or has no such image (401)');
  });

  it('where the registry accepts and never answers', async () => {
    const standin = await registry();
    await standin.setFault({ kind: 'hang' });
    expect(await sentence(standin, 50)).toBe('HOST took too long');
  });

  it('where the token server stops within its answer', async () => {
    const standin = await registry({ token: 'token' });
    await standin.setFault({ kind: 'hang_body', afterBytes: 3 }, { only: '/token' });
    expect(await sentence(standin, 500)).toBe('HOST took too long');
  });

  it('where nothing listens, or the connection ends', async () => {
    const standin = await registry();
    await standin.setFault({ kind: 'reset' });
    expect(await sentence(standin)).toMatch(/^HOST cannot be reached \((ECONNRESET|UND_ERR_SOCKET)\)$/);
    await standin.close();
    expect(await sentence(standin)).toBe('HOST cannot be reached (ECONNREFUSED)');
  });

  it('where the port is one that no request goes to', async () => {
    await expect(currentDigest('127.0.0.1:1/a:1', 20_000)).rejects.toThrow(
      new Failure('127.0.0.1:1/a:1: 127.0.0.1:1 cannot be reached (bad port)'),
    );
  });

  it.each([
    'sha256:5e',
    `sha256:${'5E'.repeat(32)}`,
    `sha256:${'5e'.repeat(33)}`,
    `sha512:${'5e'.repeat(64)}`,
    `x${digest}`,
  ])('where the registry sends %s', async (wrong) => {
    const standin = await registry({ digests: { 'team/tool:v1': wrong } });
    expect(await sentence(standin)).toBe(
      `HOST sent the digest ${JSON.stringify(wrong)}; expected sha256: and 64 hexadecimal digits`,
    );
  });

  it('where something that is no registry answers 200', async () => {
    const standin = await registry();
    await standin.setFault({ kind: 'wrong_schema' });
    expect(await sentence(standin)).toMatch(/^HOST sent the digest null; /);
  });

  it.each([
    [{ status: 200, body: {} }, 'HOST answered without a token'],
    [{ status: 200, body: '<html>' }, 'HOST answered without a token'],
    [{ status: 200, body: { token: 'two\r\nlines' } }, 'HOST answered without a token'],
    [{ status: 429, body: {} }, 'HOST allows no more requests for now (429); try again later'],
  ])('where the token server answers %j', async (tokenAnswer, expected) => {
    expect(await sentence(await registry({ token: 'token', tokenAnswer }))).toBe(expected);
  });

  it('where the challenge names no address for tokens', async () => {
    expect(await sentence(await registry({ challenge: 'Basic realm="a"' }))).toBe('HOST wants an account (401)');
    expect(await sentence(await registry({ challenge: 'Bearer realm="token"' }))).toBe(
      'HOST names "token" for tokens, which is no URL',
    );
  });

  it('where a redirect or the token server is not encrypted, except within this machine', async () => {
    const redirect = (path: string) => `http://registry.example${path}`;
    expect(await sentence(await registry({ redirect }))).toBe(
      'http://registry.example is not encrypted; only https is allowed',
    );
    expect(await sentence(await registry({ challenge: 'Bearer realm="http://tokens.example/"' }))).toBe(
      'http://tokens.example is not encrypted; only https is allowed',
    );
  });

  it('where redirects lead nowhere or never end', async () => {
    expect(await sentence(await registry({ redirect: () => 'http://' }))).toBe(
      'HOST leads to "http://", which is no URL',
    );
    const endless = await registry({ redirect: (path) => path });
    expect(await sentence(endless)).toBe('HOST leads from one address to the next; 5 redirects are allowed');
    expect(endless.requests).toBe(6);
  });
});
