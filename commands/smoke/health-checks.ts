import {
  allModelsHealth,
  deepHealthResponse,
  healthResponse,
  readyResponse,
  serviceResponse,
  startupResponse,
} from '../../service/contract/health-schemas.ts';
import { documentationPath, routes, type Route } from '../../service/contract/http.ts';
import { read } from '../promote/canary.ts';
import { expectThat, type SmokeCheck } from './check.ts';

/** What anyone may see of the service, and its description. */
export const healthChecks: readonly SmokeCheck[] = [
  {
    route: routes.service,
    path: '/',
    run: async (ask) => {
      const { service, version, instance } = read(routes.service, await ask(), serviceResponse);
      return `${service} ${version}, instance ${instance}`;
    },
  },
  {
    route: routes.health,
    path: '/health',
    run: async (ask) => read(routes.health, await ask(), healthResponse).status,
  },
  {
    route: routes.startup,
    path: '/health/startup',
    run: async (ask) => {
      const { status } = read(routes.startup, await ask(), startupResponse);
      expectThat(status === 'started', 'it has not started yet');
      return status;
    },
  },
  { route: routes.ready, path: '/health/ready', run: async (ask) => readyStatus(await ask()) },
  { route: routes.ready, path: '/ready', query: '?strict=1', run: async (ask) => readyStatus(await ask('?strict=1')) },
  {
    route: routes.deepHealth,
    path: '/health/deep',
    run: async (ask) => {
      const { status, dependencies } = read(routes.deepHealth, await ask(), deepHealthResponse);
      const down = Object.keys(dependencies).filter((name) => dependencies[name]?.healthy === false);
      return down.length === 0 ? status : `${status}, down: ${down.join(', ')}`;
    },
  },
  {
    route: routes.modelHealth,
    path: '/health/llm',
    run: async (ask) => {
      const models = Object.values(read(routes.modelHealth, await ask('?model=all'), allModelsHealth).models);
      expectThat(models.length > 0, 'there is no model');
      return models.map(({ model, status }) => `${model} ${status}`).join(', ');
    },
  },
  {
    route: routes.metrics,
    path: '/metrics',
    run: async (ask) => {
      const { text } = await ask();
      const names = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram|summary)$/gm)].map(([, name]) => name);
      expectThat(names.includes('rag_queries_total'), 'there is no metric rag_queries_total');
      return `${names.length} metrics`;
    },
  },
  {
    route: routes.openapi,
    path: '/openapi.json',
    run: async (ask) => {
      const { paths = {} } = ((await ask()).body ?? {}) as { paths?: Readonly<Record<string, unknown>> };
      const missing = describedPaths.filter((path) => !(path in paths));
      expectThat(missing.length === 0, `it does not describe ${missing.join(', ')}`);
      return `${Object.keys(paths).length} paths`;
    },
  },
  {
    route: { method: 'GET', paths: [documentationPath], access: 'token', gateway: true, summary: 'Documentation page' },
    path: documentationPath,
    run: async (ask) => {
      const { type, text } = await ask();
      expectThat(
        type.startsWith('text/html') && text.includes('swagger-ui'),
        `it is no page of Swagger UI, but ${type}`,
      );
      return `a page of ${text.length} characters`;
    },
  },
];

/** Every path of the contract as OpenAPI writes it, but for the description itself. */
const describedPaths = Object.values<Route>(routes)
  .filter((route) => route !== routes.openapi)
  .flatMap(({ paths }) => paths.map((path) => path.replaceAll(/:(\w+)/g, '{$1}')));

function readyStatus(answer: Parameters<typeof read>[1]): string {
  const { status, checks } = read(routes.ready, answer, readyResponse);
  const down = Object.keys(checks).filter((name) => !checks[name]);
  return down.length === 0 ? status : `${status}, down: ${down.join(', ')}`;
}
