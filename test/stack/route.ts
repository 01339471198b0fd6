import type { Route } from '../../infra/route.ts';

/** A route of one exact path and one prefix to the port `http` of the workload `api`, changed as told. */
export const route = (changes: Partial<Route> = {}): Route => ({
  name: 'api',
  host: 'api.example.com',
  paths: [
    { type: 'exact', path: '/query' },
    { type: 'prefix', path: '/v1' },
  ],
  backends: [{ workload: 'api', port: 'http', weight: 100 }],
  timeoutSeconds: 365,
  bodyBytes: 1_048_576,
  ...changes,
});
