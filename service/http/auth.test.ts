import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildTestApp, jwtSecret, problemIn, signToken, type TestApp, type TestClaims } from '../testing.ts';

/** How the app answers a bearer token on a route that any valid token may call. */
async function answerTo({ app }: TestApp, token: string) {
  return app.inject({ url: '/costs', headers: { authorization: `Bearer ${token}` } });
}

/** What of a token could tell something: its parts, and any run of 12 characters of the signature. */
function expectNothingOf(token: string, body: string): void {
  for (const part of token.split('.')) if (part !== '') expect(body).not.toContain(part.slice(0, 12));
}

describe('a token', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await buildTestApp();
  });

  it('that is valid is accepted', async () => {
    expect((await answerTo(test, await signToken())).statusCode).toBe(200);
  });

  it('may come with the scheme in any case', async () => {
    const headers = { authorization: `bearer ${await signToken()}` };
    expect((await test.app.inject({ url: '/costs', headers })).statusCode).toBe(200);
  });

  const refused: [why: string, claims: TestClaims, reason: string][] = [
    ['has expired', { expiresIn: -60 }, 'it has expired'],
    ['never expires', { expiresIn: undefined }, 'its claim `exp`'],
    ['is not valid yet', { notBeforeIn: 60 }, 'its claim `nbf`'],
    ['is by another issuer', { iss: 'someone-else' }, 'its claim `iss`'],
    ['is by nobody', { iss: undefined }, 'its claim `iss`'],
    ['is for another audience', { aud: 'another-service' }, 'its claim `aud`'],
    ['is for nobody', { aud: undefined }, 'its claim `aud`'],
    ['has no tenant', { tenant: undefined }, 'its claim `tenant`'],
    ['has a number as tenant', { tenant: 7 }, 'its claim `tenant`'],
    ['has an empty tenant', { tenant: '' }, 'its claim `tenant`'],
    ['has a tenant that starts with _', { tenant: '_shared' }, 'its claim `tenant`'],
    ['has a tenant with a NUL', { tenant: 'a\0b' }, 'its claim `tenant`'],
    ['has a tenant that is too long', { tenant: 'a'.repeat(65) }, 'its claim `tenant`'],
  ];
  it.each(refused)('that %s is refused', async (_why, claims, reason) => {
    const token = await signToken(claims);
    const response = await answerTo(test, token);

    expect(problemIn(response)).toMatchObject({ status: 401, error: 'Unauthorized' });
    expect(problemIn(response).detail).toContain(`the token is not accepted: ${reason}`);
    expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expectNothingOf(token, response.body);
  });

  it('signed with another key is refused', async () => {
    const token = await signToken({}, 'another secret, just as long as ours');
    const response = await answerTo(test, token);
    expect(problemIn(response).detail).toContain('its signature is not by a key of this service');
    expectNothingOf(token, response.body);
  });

  it('that is not signed at all is refused', async () => {
    const token = new UnsecuredJWT({ tenant: 'acme', scope: 'admin' })
      .setIssuer('ballast')
      .setAudience('ballast')
      .setExpirationTime('1h')
      .encode();
    expect(problemIn(await answerTo(test, token)).status).toBe(401);
  });

  it('whose claims were changed after signing is refused', async () => {
    const [header, , signature] = (await signToken()).split('.');
    const claims = Buffer.from(JSON.stringify({ tenant: 'other', exp: 9e9 })).toString('base64url');
    expect(problemIn(await answerTo(test, `${header}.${claims}.${signature}`)).status).toBe(401);
  });

  it('by an RSA key is refused while there is no JWKS_URL', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const token = await new SignJWT({ tenant: 'acme' })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer('ballast')
      .setAudience('ballast')
      .setExpirationTime('1h')
      .sign(privateKey);
    expect(problemIn(await answerTo(test, token)).status).toBe(401);
  });

  it('that is anything else is refused, and never an error of ours', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    const token = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        const authorization = `Bearer ${text.replace(/[^\u0021-\u007e]/g, '')}`;
        const response = await test.app.inject({ url: '/costs', headers: { authorization } });
        expect(problemIn(response).status).toBe(401);
      }),
    );
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'token abc'])(
    'is asked for when the header is %j',
    async (header) => {
      const response = await test.app.inject({ url: '/costs', headers: { authorization: header } });
      expect(problemIn(response)).toMatchObject({
        status: 401,
        detail: 'send a token: `Authorization: Bearer TOKEN`',
      });
      expect(response.headers['www-authenticate']).toBe('Bearer');
    },
  );

  it('is checked before the body is read', async () => {
    const response = await test.app.inject({
      method: 'POST',
      url: '/query',
      headers: { 'content-type': 'application/json' },
      payload: '{"broken',
    });
    expect(response.statusCode).toBe(401);
  });

  it('without scopes reaches what needs none, and nothing else', async () => {
    const headers = { authorization: `Bearer ${await signToken({ scope: undefined })}` };
    expect((await test.app.inject({ url: '/costs', headers })).statusCode).toBe(200);
    const response = await test.app.inject({ url: '/config', headers });
    expect(problemIn(response).detail).toBe('the token lacks the scope admin; it has: none');
  });

  it('has only scopes that are spelt exactly', async () => {
    const headers = { authorization: `Bearer ${await signToken({ scope: 'Admin administrator admin,query' })}` };
    expect((await test.app.inject({ url: '/config', headers })).statusCode).toBe(403);
  });

  it('may be five seconds past its end, for clocks that differ', async () => {
    expect((await answerTo(test, await signToken({ expiresIn: -3 }))).statusCode).toBe(200);
  });
});

describe('rotation of the secret', () => {
  it('keeps tokens of the previous one valid', async () => {
    const previous = 'the secret before, also at least 32 bytes';
    const test = await buildTestApp({ env: { JWT_SECRET_PREVIOUS: previous } });

    expect((await answerTo(test, await signToken({}, previous))).statusCode).toBe(200);
    expect((await answerTo(test, await signToken({}, jwtSecret))).statusCode).toBe(200);
    expect((await answerTo(test, await signToken({}, `${previous}!`))).statusCode).toBe(401);
    expect((await answerTo(test, await signToken({ expiresIn: -60 }, previous))).statusCode).toBe(401);
  });
});

describe('configured names', () => {
  it('of issuer and audience are the ones that count', async () => {
    const test = await buildTestApp({ env: { JWT_ISSUER: 'https://idp.example', JWT_AUDIENCE: 'rag' } });
    expect((await answerTo(test, await signToken())).statusCode).toBe(401);
    expect((await answerTo(test, await signToken({ iss: 'https://idp.example', aud: 'rag' }))).statusCode).toBe(200);
  });
});

describe('published keys', () => {
  let server: Server;
  let url: string;
  let privateKey: CryptoKey;
  let answer: { status: number; body: string };
  let fetches = 0;

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    ({ privateKey } = pair);
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'key-1', alg: 'RS256' };
    answer = { status: 200, body: JSON.stringify({ keys: [jwk] }) };
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(answer.status, { connection: 'close' }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  afterAll(() => {
    vi.useRealTimers();
    server.close();
  });

  /** Each look moves the faked clock by 50 ms; after 5 s the keys would be asked for once more. */
  const waitFor = (expectation: () => void) => vi.waitFor(expectation, { timeout: 4_000, interval: 50 });

  const signed = (key: CryptoKey, kid = 'key-1') =>
    new SignJWT({ tenant: 'acme', scope: 'query' })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer('ballast')
      .setAudience('ballast')
      .setExpirationTime('1h')
      .sign(key);

  it('accept what was signed by one of them, and nothing else', async () => {
    const test = await buildTestApp({ env: { JWT_SECRET: '', JWKS_URL: url } });

    expect((await answerTo(test, await signed(privateKey))).statusCode).toBe(200);
    const { privateKey: strange } = await generateKeyPair('RS256');
    const response = await answerTo(test, await signed(strange));
    expect(problemIn(response).detail).toContain('its signature is not by a key of this service');
    expect((await answerTo(test, await signed(privateKey, 'key-2'))).statusCode).toBe(401);
    expect((await answerTo(test, await signToken())).statusCode).toBe(401);
  });

  it('work beside a secret', async () => {
    const test = await buildTestApp({ env: { JWKS_URL: url } });
    expect((await answerTo(test, await signed(privateKey))).statusCode).toBe(200);
    expect((await answerTo(test, await signToken())).statusCode).toBe(200);
  });

  it('cannot be used as an HMAC secret', async () => {
    const test = await buildTestApp({ env: { JWT_SECRET: '', JWKS_URL: url } });
    expect((await answerTo(test, await signToken({}, answer.body))).statusCode).toBe(401);
  });

  it('are kept while the provider fails, and asked for again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const test = await buildTestApp({ env: { JWT_SECRET: '', JWKS_URL: url } });
    const good = answer;
    const badAnswers = [
      { status: 500, body: 'oops' },
      { status: 200, body: '<html>' },
      { status: 200, body: '{"keys":1}' },
      { status: 200, body: `{"keys":[],"padding":"${'x'.repeat(300_000)}"}` }, // Longer than is read.
    ];
    for (const [index, bad] of badAnswers.entries()) {
      answer = bad;
      const before = fetches;
      vi.advanceTimersByTime(index === 0 ? 300_000 : 5_000);
      await waitFor(() => expect(test.log().filter(({ kept }) => kept === true)).toHaveLength(index + 1));
      expect(fetches).toBe(before + 1);
      expect((await answerTo(test, await signed(privateKey))).statusCode).toBe(200);
    }
    answer = good;
    vi.useRealTimers();
  });

  it('are kept when the provider goes away', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const test = await buildTestApp({ env: { JWT_SECRET: '', JWKS_URL: url } });
    await new Promise((resolve) => server.close(resolve));
    vi.advanceTimersByTime(300_000);
    await waitFor(() => expect(test.log()).toContainEqual(expect.objectContaining({ kept: true })));
    expect((await answerTo(test, await signed(privateKey))).statusCode).toBe(200);
    vi.useRealTimers();
  });

  it('that never came let nobody in, and leave the service running', async () => {
    const test = await buildTestApp({ env: { JWT_SECRET: '', JWKS_URL: 'http://127.0.0.1:1/keys' } });
    const response = await answerTo(test, await signed(privateKey));
    expect(response.headers['retry-after']).toBe('5');
    expect(problemIn(response)).toMatchObject({ status: 503, error: 'Keys unavailable', retry_after: 5 });
    expect((await test.app.inject('/health/ready')).statusCode).toBe(200);
    expect(test.log()).toContainEqual(expect.objectContaining({ level: 'warn', kept: false }));
  });
});
