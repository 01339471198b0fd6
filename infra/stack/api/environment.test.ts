import { describe, expect, it } from 'vitest';
import { apiArgs, upstreams, type ApiInput } from '../../../test/stack/api-args.ts';
import { variables } from '../../../service/contract/config.ts';
import { parseConfig } from '../../../service/contract/parse-config.ts';
import { describeApi, environmentProblems, type ApiArgs } from './api.ts';

function container(settings?: ApiInput, changes?: Partial<ApiArgs>) {
  const [workload] = describeApi(apiArgs(settings, changes)).workloads;
  if (workload === undefined) throw new Error('there is no API');
  return workload.containers[0];
}

const environment = (settings?: ApiInput, changes?: Partial<ApiArgs>) => container(settings, changes).environment ?? {};
const secretEnvironment = (changes?: Partial<ApiArgs>) => container({}, changes).secretEnvironment ?? {};

/** Where telemetry goes that is elsewhere and asks for a key. */
const external: Pick<ApiArgs, 'otelCollector' | 'errorReports'> = {
  otelCollector: {
    url: 'https://otel.example.com',
    connection: { to: 'internet' },
    secret: { secret: 'otel-collector', key: 'headers' },
  },
  errorReports: {
    url: 'https://sentry.io',
    connection: { to: 'internet' },
    secret: { secret: 'sentry', key: 'dsn' },
  },
};

describe('the environment of the API', () => {
  it('has only names of the contract, and the password that a URL names', () => {
    const names = [
      ...Object.keys(environment({}, { trustedProxies: ['10.0.0.0/8'] })),
      ...Object.keys(secretEnvironment(external)),
    ];
    const known = new Set<string>([...variables().map(({ name }) => name), 'REDIS_PASSWORD']);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says where everything is that the API calls', () => {
    expect(environment()).toEqual({
      HOST: '0.0.0.0',
      PORT: '8000',
      ENVIRONMENT: 'development',
      REQUEST_TIMEOUT_SECS: '60',
      SHUTDOWN_DRAIN_SECS: '65',
      MODELS_FILE: '/etc/ballast/models.json',
      LLM_BASE_URL: 'http://litellm:8001/v1',
      QDRANT_URL: 'http://qdrant:6333',
      QDRANT_REPLICATION_FACTOR: '2',
      TEI_URL: 'http://tei:8080',
      REDIS_URL: 'redis://:$(REDIS_PASSWORD)@redis:6379',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4318',
      OTEL_TRACES_SAMPLER_ARG: '1',
    });
  });

  it('takes every secret from a Secret, by name', () => {
    expect(secretEnvironment()).toEqual({
      JWT_SECRET: { secret: 'api-keys', key: 'jwt-secret' },
      JWT_SECRET_PREVIOUS: { secret: 'api-keys', key: 'jwt-secret-previous' },
      LLM_API_KEY: { secret: 'litellm-keys', key: 'master-key' },
      QDRANT_API_KEY: { secret: 'qdrant-keys', key: 'api-key' },
      REDIS_PASSWORD: { secret: 'redis-auth', key: 'password' },
    });
  });

  it('names the secrets of a collector that is elsewhere, and of Sentry', () => {
    expect(environment({ tracesRatio: 0.1 }, external)).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    });
    expect(secretEnvironment(external)).toMatchObject({
      OTEL_EXPORTER_OTLP_HEADERS: { secret: 'otel-collector', key: 'headers' },
      SENTRY_DSN: { secret: 'sentry', key: 'dsn' },
    });
  });

  it('says nothing of what is off, so that the part inside the service takes over', () => {
    const none = { upstreams: {}, otelCollector: undefined };
    expect(Object.keys(environment({}, none))).toEqual([
      'HOST',
      'PORT',
      'ENVIRONMENT',
      'REQUEST_TIMEOUT_SECS',
      'SHUTDOWN_DRAIN_SECS',
      'MODELS_FILE',
    ]);
    expect(Object.keys(secretEnvironment(none))).toEqual(['JWT_SECRET', 'JWT_SECRET_PREVIOUS']);
  });

  it('asks for no key where a part has none', () => {
    const open = { url: 'http://llm.models:8000/v1', connection: { to: 'internet' } } as const;
    expect(secretEnvironment({ upstreams: { llm: open, cache: open } })).not.toHaveProperty('LLM_API_KEY');
    expect(environment({}, { upstreams: { llm: open } })).toMatchObject({ LLM_BASE_URL: open.url });
  });

  it('has what the stack adds, with what follows from the rest on top', () => {
    const added = { LOG_LEVEL: 'debug', LOG_FORMAT: 'text', RATE_LIMIT_PER_MINUTE: '600' };
    expect(environment({ environment: added })).toMatchObject(added);
    const wrong = { PORT: '1', REQUEST_TIMEOUT_SECS: '1' } as unknown as ApiArgs['environment'];
    expect(environment({}, { environment: wrong })).toMatchObject({ PORT: '8000', REQUEST_TIMEOUT_SECS: '60' });
  });

  it('names the proxies that are believed, when there are some', () => {
    expect(environment()).not.toHaveProperty('TRUSTED_PROXIES');
    expect(environment({}, { trustedProxies: ['10.0.0.0/8', 'fd00::/8'] })).toMatchObject({
      TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8',
    });
  });

  it('is one that the service starts with', () => {
    const values = { JWT_SECRET: 'x'.repeat(48), JWT_SECRET_PREVIOUS: 'x'.repeat(48) };
    const config = parseConfig({ ...environment({}, { stackEnvironment: 'production' }), ...values });
    expect(config).toMatchObject({ ENVIRONMENT: 'production', HOST: '0.0.0.0', SHUTDOWN_DRAIN_SECS: 65 });
  });
});

describe('what the service would refuse', () => {
  it('is nothing by default', () => {
    expect(environmentProblems(apiArgs())).toEqual([]);
  });

  it('is told in its own words, each variable', () => {
    const settings = { environment: { RATE_LIMIT_PER_MINUTE: 'zero', CORS_ORIGINS: '*' } };
    expect(environmentProblems(apiArgs(settings, { stackEnvironment: 'production' }))).toEqual([
      { name: 'RATE_LIMIT_PER_MINUTE', message: 'a whole number from 1 to 1000000000' },
      { name: 'CORS_ORIGINS', message: 'a list of origins in production' },
    ]);
  });

  it('is a vector store without embeddings', () => {
    const { vectorStore } = upstreams;
    expect(environmentProblems(apiArgs({}, { upstreams: { vectorStore } }))).toEqual([
      { name: 'TEI_URL', message: 'set, because QDRANT_URL needs an embedding service' },
    ]);
  });

  it('is never a secret, whose value is not known yet', () => {
    const settings = { environment: { JWKS_URL: 'https://id.example.com/keys' } };
    expect(environmentProblems(apiArgs(settings, external))).toEqual([]);
  });
});
