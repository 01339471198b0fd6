import { documentationPath, routes, type Route as ApiRoute } from '../../../service/contract/http.ts';
import type { Route } from '../../route.ts';

/** A path of a route. A prefix matches itself and what is below it, element by element: `/v1` and `/v1/x`, not `/v10`. */
export type RoutePath = Route['paths'][number];

/** What the rules are derived from. */
interface Surface {
  readonly routes: readonly Pick<ApiRoute, 'paths' | 'gateway'>[];
  readonly documentation: string;
}

/**
 * The paths that the gateway lets in: those of the contract's routes with `gateway: true`, the version as a whole, and the
 * documentation page with its assets. Sorted, so that a new route moves no other.
 *
 * @throws when a route that stays inside would be let in with them.
 */
export function publicPaths(
  surface: Surface = { routes: Object.values(routes), documentation: documentationPath },
): RoutePath[] {
  const open = surface.routes.filter(({ gateway }) => gateway).flatMap(({ paths }) => paths.map(publicPath));
  const unique = new Map([...open, prefix(surface.documentation)].map((each) => [each.path, each] as const));
  const result = [...unique.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const inside = surface.routes.filter(({ gateway }) => !gateway).flatMap(({ paths }) => paths);
  for (const path of inside) {
    const hole = result.find((each) => matches(each, path));
    if (hole !== undefined) {
      throw new Error(`${path} stays inside, but the gateway would let it in with the ${hole.type} ${hole.path}`);
    }
  }
  return result;
}

/** Whether a request's path is let in by a path of a route. */
export function matches({ type, path }: RoutePath, requested: string): boolean {
  return requested === path || (type === 'prefix' && requested.startsWith(`${path}/`));
}

/** All of a version is public; elsewhere a path is just itself, since `/health` has siblings below it that stay inside. */
function publicPath(path: string): RoutePath {
  const [version] = /^\/v\d+(?=\/)/.exec(path) ?? [];
  if (version !== undefined) return prefix(version);
  if (path.includes('/:')) return prefix(path.slice(0, path.indexOf('/:')));
  return { type: 'exact', path };
}

const prefix = (path: string): RoutePath => ({ type: 'prefix', path });
