import { defaultPort } from '../../../service/contract/http.ts';
import type { VariableName } from '../../../service/contract/config.ts';
import type { SecretReference } from '../../secret.ts';
import type { ApiArgs } from './api.ts';

type Environment = Partial<Record<VariableName, string>>;
type SecretEnvironment = Partial<Record<VariableName | 'REDIS_PASSWORD', SecretReference>>;

/** The variables of the API's container: plain ones, and those that come from secrets. Names are the contract's. */
export function apiEnvironment(
  args: ApiArgs,
  drainSeconds: number,
): { environment: Record<string, string>; secretEnvironment: Record<string, SecretReference> } {
  const { llm, vectorStore, embeddings, cache } = args.upstreams;
  const { otelCollector, errorReports } = args;
  const environment: Environment = {
    ...args.environment,
    HOST: '0.0.0.0',
    PORT: String(defaultPort),
    ENVIRONMENT: args.stackEnvironment,
    REQUEST_TIMEOUT_SECS: String(args.requestTimeoutSeconds),
    SHUTDOWN_DRAIN_SECS: String(drainSeconds),
    MODELS_FILE: '/etc/ballast/models.json',
    ...(args.trustedProxies.length > 0 && { TRUSTED_PROXIES: args.trustedProxies.join(',') }),
    ...(llm && { LLM_BASE_URL: llm.url }),
    ...(vectorStore && { QDRANT_URL: vectorStore.url, QDRANT_REPLICATION_FACTOR: String(args.replicationFactor) }),
    ...(embeddings && { TEI_URL: embeddings.url }),
    ...(cache && { REDIS_URL: cache.url }),
    ...(otelCollector && {
      OTEL_EXPORTER_OTLP_ENDPOINT: otelCollector.url,
      OTEL_TRACES_SAMPLER_ARG: String(args.tracesRatio),
    }),
  };
  const secretEnvironment: SecretEnvironment = {
    JWT_SECRET: { secret: 'api-keys', key: 'jwt-secret' },
    JWT_SECRET_PREVIOUS: { secret: 'api-keys', key: 'jwt-secret-previous' },
    ...(llm?.secret && { LLM_API_KEY: llm.secret }),
    ...(vectorStore?.secret && { QDRANT_API_KEY: vectorStore.secret }),
    ...(cache?.secret && { REDIS_PASSWORD: cache.secret }),
    ...(otelCollector?.secret && { OTEL_EXPORTER_OTLP_HEADERS: otelCollector.secret }),
    ...(errorReports?.secret && { SENTRY_DSN: errorReports.secret }),
  };
  return { environment, secretEnvironment };
}
