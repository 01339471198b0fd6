import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildTestApp, signToken, type TestApp } from '../testing.ts';

const allowed = 'https://app.example';

function preflight({ app }: TestApp, origin: string) {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  return app.inject({ method: 'OPTIONS', url: '/query', headers });
}

describe('web origins', () => {
  it('on the list may call, without cookies', async () => {
    const test = await buildTestApp({ start: false, env: { CORS_ORIGINS: `${allowed},https://other.example` } });
    const { statusCode, headers } = await preflight(test, allowed);

    expect(statusCode).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(allowed);
    expect(headers['access-control-allow-methods']).toBe('GET, POST, DELETE');
    expect(headers['access-control-allow-headers']).toMatch(/Authorization.*Content-Type/);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const response = await test.app.inject({ url: '/health', headers: { origin: allowed } });
    expect(response.headers['access-control-allow-origin']).toBe(allowed);
    expect(response.headers['access-control-expose-headers']).toBe('X-Request-Id, Retry-After');
  });

  it.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    'that are not on the list may not: %s',
    async (origin) => {
      const test = await buildTestApp({ start: false, env: { CORS_ORIGINS: allowed } });
      expect((await preflight(test, origin)).headers['access-control-allow-origin']).toBeUndefined();
      const { headers } = await test.app.inject({ url: '/health', headers: { origin } });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('may not call at all by default', async () => {
    const test = await buildTestApp({ start: false });
    expect((await preflight(test, allowed)).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('may all call with *, still without cookies', async () => {
    const test = await buildTestApp({ start: false, env: { CORS_ORIGINS: '*' } });
    const { headers } = await preflight(test, 'https://anyone.example');
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('learn nothing from OPTIONS without preflight headers', async () => {
    const { app } = await buildTestApp({ start: false });
    const response = await app.inject({ method: 'OPTIONS', url: '/query' });
    expect(response.statusCode).toBe(204);
    expect(response.body).toBe('');
  });
});

describe('security headers', () => {
  it.each(['/', '/health', '/query', '/nowhere'])('are on %s', async (url) => {
    const { app } = await buildTestApp({ start: false });
    const { headers } = await app.inject(url);

    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('compression', () => {
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync };

  it.each(['br', 'gzip'] as const)('of a large answer is %s where the client takes it', async (encoding) => {
    const { app } = await buildTestApp();
    const plain = await app.inject('/metrics');
    const packed = await app.inject({ url: '/metrics', headers: { 'accept-encoding': encoding } });

    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe(encoding);
    expect(packed.headers.vary).toContain('accept-encoding');
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
    expect(unpack[encoding](packed.rawPayload).toString()).toContain('# TYPE rag_queries_total counter');
  });

  it('is not worth it for a small answer', async () => {
    const { app } = await buildTestApp({ start: false });
    const { headers } = await app.inject({ url: '/health', headers: { 'accept-encoding': 'br' } });
    expect(headers['content-encoding']).toBeUndefined();
  });
});

describe('the address of a client', () => {
  it('is taken from X-Forwarded-For only behind a trusted proxy', async () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
    const secureCookie = async (env: Record<string, string>) => {
      const { app } = await buildTestApp({ start: false, env });
      const { headers } = await app.inject({ url: `/docs?access_token=${await signToken()}`, headers: forwarded });
      return String(headers['set-cookie']).includes('Secure');
    };
    expect(await secureCookie({})).toBe(false);
    expect(await secureCookie({ TRUSTED_PROXIES: '10.0.0.0/8' })).toBe(false);
    expect(await secureCookie({ TRUSTED_PROXIES: '127.0.0.1' })).toBe(true);
  });
});
