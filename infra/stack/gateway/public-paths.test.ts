import { describe, expect, it } from 'vitest';
import { documentationPath, routes } from '../../../service/contract/http.ts';
import { matches, publicPaths } from './public-paths.ts';

const isPublic = (path: string) => publicPaths().some((each) => matches(each, path));

describe('the public paths', () => {
  it('are /query, the version, the documentation, its description and /health, and nothing else', () => {
    expect(publicPaths()).toEqual([
      { type: 'prefix', path: '/docs' },
      { type: 'exact', path: '/health' },
      { type: 'exact', path: '/openapi.json' },
      { type: 'exact', path: '/query' },
      { type: 'prefix', path: '/v1' },
    ]);
  });

  it.each([
    '/health/deep',
    '/health/llm',
    '/health/ready',
    '/health/startup',
    '/ready',
    '/metrics',
    '/config',
    '/costs',
  ])('keep %s inside', (path) => {
    expect(isPublic(path)).toBe(false);
  });

  it.each(['/', '/incidents', '/queryx', '/query/x', '/v10/query', '/v1query', '/docsx', '/health/'])(
    'do not let %s in',
    (path) => {
      expect(isPublic(path)).toBe(false);
    },
  );

  it.each(['/v1/query', '/v1/documents/a%2Fb', '/docs/static/index.css'])('let %s in', (path) => {
    expect(isPublic(path)).toBe(true);
  });

  it('say of every path of the contract what its flag says', () => {
    for (const { paths, gateway } of Object.values(routes)) {
      for (const path of paths) expect([path, isPublic(path)]).toEqual([path, gateway]);
    }
    expect(isPublic(documentationPath)).toBe(true);
  });

  it('let in a path with a parameter outside a version by what is before it', () => {
    const open = { paths: ['/files/:id'], gateway: true } as const;
    expect(publicPaths({ routes: [open], documentation: '/docs' })).toEqual([
      { type: 'prefix', path: '/docs' },
      { type: 'prefix', path: '/files' },
    ]);
  });

  it('are refused when a route that stays inside would be let in with them', () => {
    const open = { paths: ['/v1/query'], gateway: true } as const;
    const inside = { paths: ['/v1/admin'], gateway: false } as const;
    expect(() => publicPaths({ routes: [open, inside], documentation: '/docs' })).toThrow(
      '/v1/admin stays inside, but the gateway would let it in with the prefix /v1',
    );
  });
});
