import { variables } from '../../service/contract/config.ts';
import { routes } from '../../service/contract/http.ts';
import { configResponse, costsResponse, incidentsResponse } from '../../service/contract/report-schemas.ts';
import { cacheSelfTestResponse } from '../../service/contract/self-test-schemas.ts';
import { read } from '../promote/canary.ts';
import { expectThat, type SmokeCheck } from './check.ts';

/** What the service says of itself to who may know it. */
export const reportChecks: readonly SmokeCheck[] = [
  {
    route: routes.costs,
    path: '/costs',
    run: async (ask) => {
      const { total, since } = read(routes.costs, await ask(), costsResponse);
      return `${total.requests} requests since ${since}`;
    },
  },
  {
    route: routes.config,
    path: '/config',
    run: async (ask) => {
      const told = read(routes.config, await ask(), configResponse);
      const missing = variables().filter(({ name }) => !(name in told));
      expectThat(missing.length === 0, `it does not tell ${missing.map(({ name }) => name).join(', ')}`);
      return `${Object.keys(told).length} variables`;
    },
  },
  {
    route: routes.incidents,
    path: '/incidents',
    run: async (ask) => `${read(routes.incidents, await ask(), incidentsResponse).incidents.length} kinds of incident`,
  },
  {
    route: routes.cacheSelfTest,
    path: '/self-test/cache',
    run: async (ask) => {
      const { enabled, passed, places } = read(routes.cacheSelfTest, await ask(), cacheSelfTestResponse);
      if (!enabled) return 'the cache is off';
      const reasons = Object.entries(places).flatMap(([name, { reason }]) => (reason ? [`${name}: ${reason}`] : []));
      expectThat(passed, `the self-test did not pass: ${reasons.join('; ') || 'it gave no reason'}`);
      return `passed in ${Object.keys(places).join(', ')}`;
    },
  },
];
