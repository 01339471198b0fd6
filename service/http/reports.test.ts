import { describe, expect, it } from 'vitest';
import { variables } from '../contract/config.ts';
import { buildTestApp, jwtSecret, modelThat, signToken, type TestApp } from '../testing.ts';

describe('GET /', () => {
  it('says who answers', async () => {
    const { app } = await buildTestApp({ env: { SERVICE_NAME: 'my-rag', SERVICE_VERSION: '1.2.3+4' } });
    expect((await app.inject('/')).json()).toEqual({
      service: 'my-rag',
      version: '1.2.3+4',
      node: process.versions.node,
      description: 'Answers questions from your documents, with sources',
      documentation: '/docs',
      instance: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });

  it('tells one process from the next', async () => {
    const instances = await Promise.all(
      [1, 2].map(async () =>
        (await (await buildTestApp({ start: false })).app.inject('/')).json<{ instance: string }>(),
      ),
    );
    expect(instances[0]?.instance).not.toBe(instances[1]?.instance);
  });
});

describe('GET /config', () => {
  it('shows the effective value of every variable, and of no secret', async () => {
    const env = {
      PORT: '9000',
      CORS_ORIGINS: 'https://a.example',
      JWT_SECRET_PREVIOUS: 'planted-previous-secret-of-32-bytes!',
      LLM_API_KEY: 'planted-llm-key',
      OPENAI_API_KEY: 'planted-openai-key',
      QDRANT_API_KEY: 'planted-qdrant-key',
      REDIS_URL: 'redis://:planted-redis@redis:6379',
      SENTRY_DSN: 'https://planted@sentry.example/1',
      LLM_BASE_URL: 'https://user:planted-pass@llm.example/v1',
      QDRANT_URL: 'http://qdrant:6333',
      TEI_URL: 'http://tei:8080',
    };
    const { as } = await buildTestApp({ env, start: false });
    const response = await as('acme').get('/config');
    const shown = response.json<Record<string, unknown>>();

    expect(Object.keys(shown).sort()).toEqual(
      variables()
        .map(({ name }) => name)
        .sort(),
    );
    expect(response.body).not.toContain('planted');
    expect(response.body).not.toContain(jwtSecret);
    expect(shown).toMatchObject({
      PORT: 9000,
      CORS_ORIGINS: ['https://a.example'],
      CACHE_ENABLED: true,
      JWT_SECRET: '[redacted]',
      REDIS_URL: '[redacted]',
      LLM_BASE_URL: 'https://***@llm.example/v1',
      QDRANT_URL: 'http://qdrant:6333',
      JWKS_URL: null,
    });
  });
});

describe('GET /costs', () => {
  it('shows a tenant its own spend, and all of it to an admin', async () => {
    const model = modelThat(async () => ({ text: 'yes', used: [], inputTokens: 1000, outputTokens: 500 }));
    const { app, as } = await buildTestApp({ model });
    await as('north').ask('q');
    await as('south').ask('q');
    await as('south').ask('another');
    await as('south').ask('another');

    const own = await reportFor(app, 'north', 'query');
    expect(own).toEqual({
      since: expect.any(String) as string,
      total: { requests: 1, input_tokens: 1000, output_tokens: 500, cost_usd: 1.5 },
      models: { 'test-model': { requests: 1, input_tokens: 1000, output_tokens: 500, cost_usd: 1.5 } },
      variants: { default: { requests: 1, input_tokens: 1000, output_tokens: 500, cost_usd: 1.5 } },
      tenants: { north: { requests: 1, input_tokens: 1000, output_tokens: 500, cost_usd: 1.5 } },
      budget: null,
    });
    expect(await reportFor(app, 'north', 'admin')).toMatchObject({
      total: { requests: 3, cost_usd: 4.5 },
      tenants: { north: { requests: 1 }, south: { requests: 2 } },
    });
    expect(await reportFor(app, 'east', 'query')).toMatchObject({ total: { requests: 0 }, tenants: {} });
  });
});

async function reportFor(app: TestApp['app'], tenant: string, scope: string) {
  const headers = { authorization: `Bearer ${await signToken({ tenant, scope })}` };
  return (await app.inject({ url: '/costs', headers })).json<Record<string, unknown>>();
}
