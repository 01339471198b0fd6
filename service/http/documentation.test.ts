import { beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../contract/http.ts';
import { buildTestApp, problemIn, signToken, type TestApp } from '../testing.ts';

let test: TestApp;
let token: string;
beforeAll(async () => {
  test = await buildTestApp({ start: false });
  token = await signToken({ scope: undefined });
});

const pages = ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/index.html', '/docs/static/swagger-ui.css'];

describe('the documentation page', () => {
  it.each(pages)('is closed without a token: %s', async (url) => {
    const response = await test.app.inject(url);
    expect(problemIn(response).status).toBe(401);
  });

  it.each(['/docs/', '/docs/json'])('opens with a token in the header: %s', async (url) => {
    const response = await test.app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    expect(response.statusCode).toBe(200);
  });

  it('puts the token of a link into a cookie that only goes back to it, and out of the URL', async () => {
    const response = await test.app.inject(`/docs?access_token=${token}`);

    expect(response.statusCode).toBe(302);
    expect(response.headers.location).toBe('/docs/');
    expect(response.cookies).toEqual([
      { name: 'ballast_docs', value: token, path: '/docs', httpOnly: true, sameSite: 'Strict' },
    ]);
  });

  it.each(['/docs/', '/docs/json'])('opens with that cookie: %s', async (url) => {
    const response = await test.app.inject({ url, cookies: { ballast_docs: token } });
    expect(response.statusCode).toBe(200);
  });

  it.each(['/query', '/v1/documents', '/costs', '/config', '/openapi.json'])(
    'has a cookie that opens nothing else: %s',
    async (url) => {
      const full = await signToken();
      const method = url === '/query' ? 'POST' : 'GET';
      const response = await test.app.inject({ method, url, cookies: { ballast_docs: full } });
      expect(problemIn(response).status).toBe(401);
    },
  );

  it.each(['/query', '/costs', '/openapi.json'])('has a link that works for nothing else: %s', async (url) => {
    const method = url === '/query' ? 'POST' : 'GET';
    const response = await test.app.inject({ method, url: `${url}?access_token=${await signToken()}` });
    expect(problemIn(response).status).toBe(401);
    expect(response.headers['set-cookie']).toBeUndefined();
  });

  it('sets no cookie for a token that is not accepted', async () => {
    const bad = await signToken({ expiresIn: -60 });
    const response = await test.app.inject(`/docs?access_token=${bad}`);

    expect(problemIn(response).status).toBe(401);
    expect(response.headers['set-cookie']).toBeUndefined();
    expect(response.body).not.toContain(bad.slice(0, 12));
  });

  it('leaves no token in the log', async () => {
    await test.app.inject(`/docs?access_token=${token}`);
    await test.app.inject(`/docsx?access_token=${token}`);
    expect(JSON.stringify(test.log())).not.toContain(token.slice(0, 20));
  });
});

describe('/openapi.json', () => {
  it('describes each route of the contract that has a body or an answer', async () => {
    const response = await test.app.inject({ url: '/openapi.json', headers: { authorization: `Bearer ${token}` } });
    const { openapi, paths } = response.json<{ openapi: string; paths: Record<string, Record<string, unknown>> }>();

    expect(openapi).toBe('3.1.0');
    for (const { method, paths: own } of Object.values(routes)) {
      for (const path of own) {
        if (path === '/openapi.json') continue;
        expect(Object.keys(paths[path.replace(':id', '{id}')] ?? {})).toContain(method.toLowerCase());
      }
    }
    expect(Object.keys(paths).filter((path) => path.startsWith('/docs'))).toEqual([]);
  });
});
