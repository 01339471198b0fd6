import type { z } from 'zod';
import type { ApiArgs } from '../../infra/stack/api/api.ts';
import { apiSettings } from '../../infra/stack/api/settings.ts';

/** Settings of the API, as a stack's file has them. */
export type ApiInput = z.input<typeof apiSettings>;

/** Everything that the API calls, in the stack. */
export const upstreams: ApiArgs['upstreams'] = {
  llm: {
    url: 'http://litellm:8001/v1',
    connection: { to: 'workload', workload: 'litellm', port: 'http' },
    secret: { secret: 'litellm-keys', key: 'master-key' },
  },
  vectorStore: {
    url: 'http://qdrant:6333',
    connection: { to: 'workload', workload: 'qdrant', port: 'http' },
    secret: { secret: 'qdrant-keys', key: 'api-key' },
  },
  embeddings: { url: 'http://tei:8080', connection: { to: 'workload', workload: 'tei', port: 'http' } },
  cache: {
    url: 'redis://:$(REDIS_PASSWORD)@redis:6379',
    connection: { to: 'workload', workload: 'redis', port: 'redis' },
    secret: { secret: 'redis-auth', key: 'password' },
  },
};

/** The collector of the stack. */
export const otelCollector: NonNullable<ApiArgs['otelCollector']> = {
  url: 'http://otel-collector:4318',
  connection: { to: 'workload', workload: 'otel-collector', port: 'otlp-http' },
};

/** What the API is made from in a whole stack, changed as told. */
export const apiArgs = (settings: ApiInput = {}, changes: Partial<ApiArgs> = {}): ApiArgs => ({
  ...apiSettings.parse(settings),
  imageReference: 'registry.test/api:1',
  stackEnvironment: 'development',
  upstreams,
  otelCollector,
  modelTable: '{"models":{}}\n',
  trustedProxies: [],
  admits: [],
  replicationFactor: 2,
  rotation: 1,
  ...changes,
});
