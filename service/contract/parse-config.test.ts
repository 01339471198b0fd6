import { dsnToString, makeDsn } from '@sentry/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentSchema, variables, type VariableName } from './config.ts';
import { ConfigError, maskCredentials, parseConfig } from './parse-config.ts';
import { headersIn } from './variable.ts';

const JWT_SECRET = 'x'.repeat(32);

/** Everything that is wrong with an environment. */
function problemsOf(env: Record<string, string>): ConfigError {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('defaults', () => {
  it('are those of the handbook', () => {
    const { JWT_SECRET: secret, ...rest } = parseConfig({ JWT_SECRET });

    expect(secret).toBe(JWT_SECRET);
    const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    expect(set).toEqual({
      HOST: '127.0.0.1',
      PORT: 8000,
      ENVIRONMENT: 'development',
      SERVICE_NAME: 'ballast',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      LOG_FILE_MAX_BYTES: 100_000_000,
      LOG_FILE_COUNT: 10,
      REQUEST_TIMEOUT_SECS: 60,
      SHUTDOWN_DRAIN_SECS: 4,
      JWT_ISSUER: 'ballast',
      JWT_AUDIENCE: 'ballast',
      CORS_ORIGINS: [],
      TRUSTED_PROXIES: [],
      CACHE_ENABLED: true,
      MEMORY_CACHE_SIZE: 1000,
      MEMORY_CACHE_TTL_SECS: 600,
      MEMORY_CACHE_CLEANUP_INTERVAL_SECS: 60,
      REDIS_CACHE_TTL_SECS: 3600,
      SEMANTIC_CACHE_ENABLED: false,
      SEMANTIC_CACHE_THRESHOLD: 0.95,
      RATE_LIMIT_PER_MINUTE: 60,
      ADMISSION_MAX_CONCURRENCY: 100,
      ADMISSION_QUEUE_SIZE: 50,
      CIRCUIT_BREAKER_ENABLED: true,
      CIRCUIT_BREAKER_FAILURE_THRESHOLD: 0.5,
      CIRCUIT_BREAKER_SUCCESS_THRESHOLD: 5,
      CIRCUIT_BREAKER_TIMEOUT_SECS: 60,
      CIRCUIT_BREAKER_HALF_OPEN_REQUESTS: 3,
      CIRCUIT_BREAKER_SLOW_CALL_SECS: 15,
      AUTO_DOWNSHIFT_ENABLED: true,
      JSON_GUARD_ENABLED: true,
      JSON_GUARD_MAX_ATTEMPTS: 3,
      JSON_GUARD_BACKOFF_BASE_SECS: 1,
      JSON_GUARD_JITTER_SECS: 0.5,
      JSON_GUARD_FALLBACK_ENABLED: true,
      JSON_GUARD_STRICT_SCHEMA: true,
      QDRANT_COLLECTION: 'ballast',
      QDRANT_REPLICATION_FACTOR: 1,
      OTEL_TRACES_SAMPLER_ARG: 1,
      TRACE_SLOW_SECS: 5,
      TOP_QUESTIONS_ENABLED: false,
    });
  });

  it.each(variables().map(({ name }) => name))('%s counts as unset when it is empty', (name) => {
    const empty = parseConfig({ JWT_SECRET, JWKS_URL: 'https://idp.example/keys', [name]: '' });
    const unset = parseConfig({ JWT_SECRET, JWKS_URL: 'https://idp.example/keys', [name]: undefined });

    expect(empty).toEqual(unset);
  });
});

/** A value that each variable refuses. */
const badValues: Record<VariableName, string> = {
  HOST: 'not a host',
  PORT: '0',
  ENVIRONMENT: 'staging',
  SERVICE_NAME: 'Not Allowed',
  SERVICE_VERSION: 'v 1',
  LOG_LEVEL: 'trace',
  LOG_FORMAT: 'xml',
  LOG_FILE: 'nul\0byte',
  LOG_FILE_MAX_BYTES: '999',
  LOG_FILE_COUNT: '0',
  REQUEST_TIMEOUT_SECS: '601',
  SHUTDOWN_DRAIN_SECS: '-1',
  JWT_SECRET: 'too-short-a-secret',
  JWT_SECRET_PREVIOUS: 'too-short-a-secret',
  JWKS_URL: 'ftp://idp.example',
  JWT_ISSUER: 'x'.repeat(257),
  JWT_AUDIENCE: 'x'.repeat(257),
  CORS_ORIGINS: 'https://app.example/path',
  TRUSTED_PROXIES: '10.0.0.0/33',
  DATA_DIR: 'nul\0byte',
  CORPUS_DIR: 'nul\0byte',
  CACHE_ENABLED: 'maybe',
  MEMORY_CACHE_SIZE: '1e3',
  MEMORY_CACHE_TTL_SECS: 'ten',
  MEMORY_CACHE_CLEANUP_INTERVAL_SECS: '0',
  REDIS_URL: 'http://:hunter2@redis:6379',
  REDIS_CACHE_TTL_SECS: '0',
  SEMANTIC_CACHE_ENABLED: 'si',
  SEMANTIC_CACHE_THRESHOLD: '1.1',
  RATE_LIMIT_PER_MINUTE: '1.5',
  ADMISSION_MAX_CONCURRENCY: '0',
  ADMISSION_QUEUE_SIZE: '-1',
  TENANT_BUDGET_USD_PER_DAY: '-1',
  CIRCUIT_BREAKER_ENABLED: '2',
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: '50',
  CIRCUIT_BREAKER_SUCCESS_THRESHOLD: '0',
  CIRCUIT_BREAKER_TIMEOUT_SECS: '3601',
  CIRCUIT_BREAKER_HALF_OPEN_REQUESTS: '0',
  CIRCUIT_BREAKER_SLOW_CALL_SECS: '0',
  AUTO_DOWNSHIFT_ENABLED: 'si',
  JSON_GUARD_ENABLED: 'si',
  JSON_GUARD_MAX_ATTEMPTS: '11',
  JSON_GUARD_BACKOFF_BASE_SECS: '61',
  JSON_GUARD_JITTER_SECS: 'NaN',
  JSON_GUARD_FALLBACK_ENABLED: 'si',
  JSON_GUARD_STRICT_SCHEMA: 'si',
  LLM_BASE_URL: 'litellm:8001',
  LLM_API_KEY: '',
  OPENAI_API_KEY: '',
  MODELS_FILE: 'nul\0byte',
  QDRANT_URL: 'qdrant',
  QDRANT_API_KEY: '',
  QDRANT_COLLECTION: 'a b',
  QDRANT_REPLICATION_FACTOR: '0',
  TEI_URL: '/tei',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
  OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key: hunter2',
  OTEL_TRACES_SAMPLER_ARG: '1.1',
  TRACE_SLOW_SECS: '0',
  TOP_QUESTIONS_ENABLED: 'si',
  SENTRY_DSN: 'redis://hunter2@sentry.example/1',
};

describe('a bad value', () => {
  const refused = variables().filter(({ name }) => badValues[name] !== '');

  it.each(refused)('of $name is refused by name, with what is allowed', ({ name, meta }) => {
    const error = problemsOf({ JWT_SECRET, [name]: badValues[name] });

    expect(error.problems.map((problem) => problem.name)).toEqual([name]);
    expect(error.message).toContain(name);
    expect(error.message).toContain(meta.allowed);
    expect(error.message).toMatch(/^1 configuration problem: /);
  });

  it.each(refused.filter(({ meta }) => meta.secret))('of the secret $name is never shown', ({ name }) => {
    const error = problemsOf({ JWT_SECRET, [name]: badValues[name] });

    expect(error.message).not.toContain(badValues[name]);
    expect(JSON.stringify(error.problems)).not.toContain('hunter2');
    expect(JSON.stringify(error.problems)).not.toContain('too-short');
  });

  it('is shown where it is no secret', () => {
    expect(problemsOf({ JWT_SECRET, PORT: 'abc' }).message).toBe(
      '1 configuration problem: PORT is "abc", but must be a whole number from 1 to 65535',
    );
  });

  it('is shown without the password of a URL', () => {
    const { message } = problemsOf({ JWT_SECRET, QDRANT_URL: 'redis://admin:hun@ter2@qdrant:6333' });

    expect(message).not.toMatch(/admin|hun|ter2/);
  });

  it('is cut when it is long', () => {
    expect(problemsOf({ JWT_SECRET, PORT: '9'.repeat(10_000) }).message.length).toBeLessThan(250);
  });

  it('does not hide the others: five are all listed', () => {
    const bad = ['PORT', 'LOG_LEVEL', 'JWT_SECRET', 'CACHE_ENABLED', 'REDIS_URL'] as const;
    const error = problemsOf(Object.fromEntries(bad.map((name) => [name, badValues[name]])));

    expect(error.problems.map(({ name }) => name).sort()).toEqual([...bad].sort());
    for (const name of bad) expect(error.message).toContain(name);
    expect(error.message).toMatch(/^5 configuration problems: /);
  });

  it('over 1 for a ratio is told that it is a ratio', () => {
    expect(problemsOf({ JWT_SECRET, CIRCUIT_BREAKER_FAILURE_THRESHOLD: '5' }).message).toContain(
      'CIRCUIT_BREAKER_FAILURE_THRESHOLD is "5", but must be a number from 0.01 to 1: it is a ratio',
    );
  });

  it('never gets through as anything but a listed problem', () => {
    const names = Object.keys(environmentSchema.shape).filter((name) => name !== 'JWT_SECRET');
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ unit: 'grapheme' }), (name, value) => {
        try {
          parseConfig({ JWT_SECRET, [name]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).problems.map((problem) => problem.name)).toEqual([name]);
        }
      }),
    );
  });
});

describe('values', () => {
  it.each(['1', 'true', 'TRUE', 'yes', 'on', ' true '])('%j switches a flag on', (value) => {
    expect(parseConfig({ JWT_SECRET, CACHE_ENABLED: value }).CACHE_ENABLED).toBe(true);
  });

  it.each(['0', 'false', 'False', 'no', 'off'])('%j switches a flag off', (value) => {
    expect(parseConfig({ JWT_SECRET, CACHE_ENABLED: value }).CACHE_ENABLED).toBe(false);
  });

  it('take both ends of a range', () => {
    expect(parseConfig({ JWT_SECRET, PORT: '1' }).PORT).toBe(1);
    expect(parseConfig({ JWT_SECRET, PORT: '65535' }).PORT).toBe(65_535);
    expect(problemsOf({ JWT_SECRET, PORT: '65536' }).problems).toHaveLength(1);
  });

  it('of a rate limit go to a million and beyond', () => {
    expect(parseConfig({ JWT_SECRET, RATE_LIMIT_PER_MINUTE: '1000000' }).RATE_LIMIT_PER_MINUTE).toBe(1_000_000);
  });

  it('of a list are split at commas', () => {
    const env = { JWT_SECRET, CORS_ORIGINS: 'https://a.example, http://localhost:3000' };
    expect(parseConfig(env).CORS_ORIGINS).toEqual(['https://a.example', 'http://localhost:3000']);
  });

  it.each(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'])('name the proxy %s', (proxy) => {
    expect(parseConfig({ JWT_SECRET, TRUSTED_PROXIES: proxy }).TRUSTED_PROXIES).toEqual([proxy]);
  });

  it.each(['10.0.0', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', 'loopback', '10.0.0.1,'])(
    'do not name the proxy %s',
    (proxy) => {
      expect(problemsOf({ JWT_SECRET, TRUSTED_PROXIES: proxy }).problems).toHaveLength(1);
    },
  );

  it.each([
    'https://0a1b2c3d@o4501.ingest.example.com/42',
    'http://key@127.0.0.1:9000/1',
    'https://key@[::1]:9000/1',
    'https://key:secret@sentry.example/behind/a/proxy/42',
  ])('name the project of Sentry %s, as its SDK reads it', (dsn) => {
    const SENTRY_DSN = parseConfig({ JWT_SECRET, SENTRY_DSN: dsn }).SENTRY_DSN ?? '';
    const components = makeDsn(SENTRY_DSN) ?? expect.unreachable('the SDK takes it for no DSN');
    expect(dsnToString(components, true)).toBe(dsn);
  });

  it.each([
    'https://sentry.example/42',
    'https://planted@sentry.example',
    'https://planted@sentry.example/',
    'https://planted@sentry.example/project',
    'https://planted@sentry.example/42/',
    'https://planted@sentry.example/42?x=1',
    'https://planted-key@sentry.example/42',
    'https://planted@sentry.example:99999/42',
    'redis://planted@sentry.example/42',
    'planted@sentry.example/42',
  ])('do not name a project of Sentry: %s', (dsn) => {
    const { message } = problemsOf({ JWT_SECRET, SENTRY_DSN: dsn });
    expect(message).toContain('SENTRY_DSN must be a URL such as https://PUBLIC_KEY@HOST/PROJECT_ID');
    expect(message).not.toContain('planted');
  });

  it.each([
    ['x-api-key=planted', { 'x-api-key': 'planted' }],
    [' a=1 , b = 2 ', { a: '1', b: '2' }],
    ['authorization=Bearer%20a%3Db%2Cc', { authorization: 'Bearer a=b,c' }],
    ['authorization=Basic YTpi==', { authorization: 'Basic YTpi==' }],
  ])('are headers for OTLP: %s', (text, headers) => {
    const { OTEL_EXPORTER_OTLP_HEADERS: taken = '' } = parseConfig({ JWT_SECRET, OTEL_EXPORTER_OTLP_HEADERS: text });
    expect(headersIn(taken)).toEqual(headers);
  });

  it.each(['planted', '=planted', 'a=', 'a=planted,', 'a b=planted', 'a=%0aplanted', 'a=%planted', 'a=planted,b'])(
    'are no headers for OTLP: %s',
    (text) => {
      const { message } = problemsOf({ JWT_SECRET, OTEL_EXPORTER_OTLP_HEADERS: text });
      expect(message).toContain('OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs, separated by commas');
      expect(message).not.toContain('planted');
    },
  );

  it('of a secret are taken exactly as they are', () => {
    const secret = ` ${'é'.repeat(15)} `;
    expect(parseConfig({ JWT_SECRET: secret }).JWT_SECRET).toBe(secret);
  });
});

describe('rules between variables', () => {
  it('need JWT_SECRET or JWKS_URL', () => {
    const error = problemsOf({});
    expect(error.message).toBe('1 configuration problem: JWT_SECRET must be set (at least 32 bytes), or else JWKS_URL');
    expect(parseConfig({ JWKS_URL: 'https://idp.example/keys' }).JWT_SECRET).toBeUndefined();
  });

  it('refuse CORS from everywhere in production only', () => {
    const env = { JWT_SECRET, CORS_ORIGINS: 'https://a.example,*' };
    expect(parseConfig(env).CORS_ORIGINS).toContain('*');
    const { problems } = problemsOf({ ...env, ENVIRONMENT: 'production' });
    expect(problems).toEqual([{ name: 'CORS_ORIGINS', given: '"*"', allowed: 'a list of origins in production' }]);
  });
});

describe('maskCredentials', () => {
  it('hides user and password of a URL, whatever they hold', () => {
    const userInfo = fc.stringMatching(/^[A-Za-z0-9:@!$&*()=+,;._~-]{1,30}$/);
    fc.assert(
      fc.property(userInfo, (credentials) => {
        expect(maskCredentials(`redis://${credentials}@host:6379/0`)).toBe('redis://***@host:6379/0');
      }),
    );
  });

  it('leaves other text as it is', () => {
    expect(maskCredentials('https://example.com/users/@me')).toBe('https://example.com/users/@me');
  });
});

describe('credentials in a URL', () => {
  it.each(['http://admin:planted/x@host:6333', 'http:admin:planted@h', 'ftp://planted@h', 'admin:planted@h'])(
    'that is not valid, such as %s, are not shown',
    (url) => {
      const parse = () => parseConfig({ JWT_SECRET: 'x'.repeat(32), TEI_URL: url });
      expect(parse).toThrow('TEI_URL must be an absolute URL that starts with http:// or https://');
      expect(parse).not.toThrow('planted');
    },
  );
});
