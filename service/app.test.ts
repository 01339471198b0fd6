import { beforeAll, describe, expect, it } from 'vitest';
import { documentationPath, routes, scopes, type Route } from './contract/http.ts';
import { buildTestApp, problemIn, signToken, type TestApp } from './testing.ts';

const all: Route[] = Object.values(routes);
const requests = all.flatMap(({ method, paths, access }) =>
  paths.map((path) => ({ method, url: path.replace(':id', 'some-id'), path, access })),
);

describe('the app', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await buildTestApp();
  });

  it('has exactly the routes of the contract, the documentation and what CORS adds', () => {
    const registered = routesIn(test.app.printRoutes({ commonPrefix: false }));
    const own = registered.filter(
      ({ path }) => path !== documentationPath && !path.startsWith(`${documentationPath}/`),
    );

    const expected = requests.flatMap(({ method, path }) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((verb) => `${verb} ${path}`),
    );
    expect(own.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...expected, 'OPTIONS *'].sort());
  });

  it.each(requests.filter(({ access }) => access !== 'public'))(
    'answers $method $url without a token with 401',
    async ({ method, url }) => {
      const response = await test.app.inject({ method, url });

      expect(response.statusCode).toBe(401);
      expect(problemIn(response).error).toBe('Unauthorized');
      expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  );

  const scoped = requests.filter(({ access }) => scopes.some((scope) => scope === access));
  it.each(scoped)('answers $method $url with a token that lacks $access with 403', async ({ method, url, access }) => {
    const others = scopes.filter((scope) => scope !== access).join(' ');
    const headers = { authorization: `Bearer ${await signToken({ scope: others })}` };
    const response = await test.app.inject({ method, url, headers });

    expect(response.statusCode).toBe(403);
    expect(problemIn(response).detail).toContain(`lacks the scope ${access}`);
  });

  it.each(requests.filter(({ access }) => access === 'public'))('lets anyone $method $url', async ({ method, url }) => {
    expect((await test.app.inject({ method, url })).statusCode).toBe(200);
  });

  it('closes its services with itself', async () => {
    const { app, services } = await buildTestApp();
    await app.close();
    await expect(services.store.list('acme', 1)).rejects.toThrow();
  });
});

/** Fastify's own print-out as a list: it is the only public view of what is registered. */
function routesIn(printed: string): { method: string; path: string }[] {
  const parents: string[] = [];
  return printed.split('\n').flatMap((line) => {
    const match = /^([│├└─ ]*)(\S+)(?: \(([A-Z, ]+)\))?/.exec(line);
    if (!match) return [];
    const [, indent = '', part = '', methods] = match;
    const depth = indent.length / 4;
    parents.length = depth;
    parents[depth] = part;
    const path = parents.filter((parent) => parent !== '').join('');
    return (methods?.split(', ') ?? []).map((method) => ({ method, path }));
  });
}
