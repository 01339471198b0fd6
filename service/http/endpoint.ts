import type { Route } from '../contract/http.ts';
import { problem } from '../contract/schemas.ts';

/** Fastify options that follow from a route of the contract; one for each of its paths. */
export function endpoints(route: Route) {
  const { method, access, probe = false } = route;
  return route.paths.map((url) => ({ method, url, config: { access, probe } }));
}

/** The documentation of a route, beside the schemas of what it takes and gives. */
export function documented<S extends { response: Record<number, unknown> }>(route: Route, schema: S) {
  const security = route.access === 'public' ? [] : [{ token: [] }];
  return {
    summary: route.summary,
    security,
    ...schema,
    response: { ...schema.response, '4xx': problem, '5xx': problem },
  };
}
