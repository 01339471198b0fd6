import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { deepHealthResponse, modelHealth } from '../contract/health-schemas.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { buildTestApp, modelThat } from '../testing.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';

const sick: LanguageModel = {
  ...modelThat(() => Promise.reject(new Error('is not asked'))),
  name: 'sick-model',
  generate: async () => {
    throw new Error('the upstream answered 503');
  },
};

describe('before the start is complete', () => {
  it('the service is alive, but neither started nor ready', async () => {
    const { app } = await buildTestApp({ start: false });

    expect((await app.inject('/health')).statusCode).toBe(200);
    const startup = await app.inject('/health/startup');
    expect([startup.statusCode, startup.json()]).toEqual([503, { status: 'starting' }]);
    const ready = await app.inject('/health/ready');
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      {
        status: 'not_ready',
        reason: 'starting: the corpus is being read',
        checks: { llm: false, vector_db: false, embeddings: false, cache: false },
      },
    ]);
  });
});

describe('after the start', () => {
  it('the service is started and ready', async () => {
    const { app } = await buildTestApp();

    const startup = await app.inject('/health/startup');
    expect([startup.statusCode, startup.json()]).toEqual([200, { status: 'started' }]);
    for (const url of ['/health/ready', '/ready', '/health/ready?strict=1']) {
      const ready = await app.inject(url);
      expect([ready.statusCode, ready.json()]).toEqual([
        200,
        { status: 'ready', checks: { llm: true, vector_db: true, embeddings: true, cache: true } },
      ]);
    }
  });

  it('/health tells the version and asks nothing of any dependency', async () => {
    const { app, services } = await buildTestApp({ env: { SERVICE_VERSION: '9.9.9' } });
    services.store.close();
    services.store.close = () => undefined;
    expect((await app.inject('/health')).json()).toEqual({ status: 'healthy', version: '9.9.9' });
  });
});

describe('while draining', () => {
  it('the service is not ready, and ends its connections', async () => {
    const { app, services, as } = await buildTestApp();
    services.lifecycle.draining();

    const ready = await app.inject('/health/ready');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ status: 'not_ready', reason: 'draining: the service is stopping' });
    expect(ready.headers.connection).toBe('close');
    expect((await as('acme').post('/query', { question: 'q' })).statusCode).toBe(200);
    expect((await app.inject('/health/startup')).statusCode).toBe(200);
  });
});

describe('with an event loop that is held up', () => {
  it('the service takes no traffic, and says why', async () => {
    const { app, services } = await buildTestApp();
    vi.spyOn(services.eventLoop, 'healthy', 'get').mockReturnValue(false);
    vi.spyOn(services.eventLoop, 'maxDelayMs', 'get').mockReturnValue(1234.5);

    const ready = await app.inject('/health/ready');
    expect([ready.statusCode, ready.json()]).toMatchObject([
      503,
      { status: 'not_ready', reason: 'the event loop is held up: 1235 ms' },
    ]);
    expect((await app.inject('/health')).statusCode).toBe(200);
  });
});

describe('with an unhealthy model', () => {
  it('the service is degraded from its first second, and still takes traffic', async () => {
    const { app } = await buildTestApp({ model: sick });

    const ready = await app.inject('/health/ready');
    expect([ready.statusCode, ready.json()]).toEqual([
      200,
      { status: 'degraded', checks: { llm: false, vector_db: true, embeddings: true, cache: true } },
    ]);
    expect((await app.inject('/health/ready?strict=0')).statusCode).toBe(200);
  });

  it('the strict reading is 503', async () => {
    const { app } = await buildTestApp({ model: sick });
    const strict = await app.inject('/health/ready?strict=1');
    expect([strict.statusCode, strict.json()]).toMatchObject([503, { status: 'degraded' }]);
  });

  it('/health/llm says which one and why', async () => {
    const { app } = await buildTestApp({ model: sick });
    const description = {
      model: 'sick-model',
      status: 'unhealthy',
      reason: 'the upstream answered 503',
      latency_ms: expect.any(Number) as number,
      age_seconds: expect.any(Number) as number,
      last_success: null,
      circuit_state: 'closed',
    };

    for (const url of ['/health/llm', '/health/llm?model=all']) {
      const all = await app.inject(url);
      expect([all.statusCode, all.json()]).toEqual([
        200,
        { status: 'degraded', models: { 'sick-model': description } },
      ]);
    }
    const one = await app.inject('/health/llm?model=sick-model');
    expect([one.statusCode, one.json()]).toEqual([503, description]);
  });

  it('metrics and log say so too', async () => {
    const { app, log } = await buildTestApp({ model: sick });
    const { body } = await app.inject('/metrics');

    expect(body).toContain('llm_health_status{model="sick-model"} 0');
    expect(body).toContain('llm_health_check_failures_total{model="sick-model"} 1');
    expect(body).toContain('dependency_up{dependency="llm"} 0');
    expect(body).toContain('dependency_up{dependency="vector_db"} 1');
    expect(log()).toContainEqual(
      expect.objectContaining({ level: 'warn', dependency: 'llm', reason: 'the upstream answered 503' }),
    );
  });
});

describe('/health/llm', () => {
  it('answers for one healthy model, and for all', async () => {
    const { app } = await buildTestApp();
    const one = await app.inject('/health/llm?model=embedded-extractive');

    expect([one.statusCode, one.json()]).toMatchObject([200, { model: 'embedded-extractive', status: 'healthy' }]);
    expect((await app.inject('/health/llm')).json()).toMatchObject({
      status: 'healthy',
      models: { 'embedded-extractive': { status: 'healthy', circuit_state: 'closed' } },
    });
  });

  it('refuses an unknown model, and names the known ones', async () => {
    const { app } = await buildTestApp();
    const response = await app.inject('/health/llm?model=gpt');
    expect([response.statusCode, response.json()]).toMatchObject([
      400,
      { error: 'Unknown model', detail: 'there is no model "gpt"; allowed: all, embedded-extractive' },
    ]);
  });

  it('knows nothing before the first check', async () => {
    const { app } = await buildTestApp({ start: false });
    const response = await app.inject('/health/llm?model=embedded-extractive');
    expect([response.statusCode, response.json()]).toEqual([
      503,
      {
        model: 'embedded-extractive',
        status: 'unhealthy',
        reason: 'not checked yet',
        latency_ms: null,
        age_seconds: null,
        last_success: null,
        circuit_state: 'closed',
      },
    ]);
  });

  it('goes by the last real call, and tells how old that is', async () => {
    const { app, services } = await buildTestApp();
    const gate = services.catalogue.gates.get('embedded-extractive');
    const model = async () =>
      (await app.inject('/health/llm?model=embedded-extractive')).json<z.output<typeof modelHealth>>();
    vi.useFakeTimers({ now: Date.now() + 1_000 });
    gate?.tryAcquire()?.succeeded(123.4567);
    const success = new Date().toISOString();
    vi.advanceTimersByTime(30_000);
    expect(await model()).toMatchObject({
      status: 'healthy',
      latency_ms: 123.457,
      age_seconds: 30,
      last_success: success,
    });

    gate?.tryAcquire()?.failed(new UpstreamError('m', 'server', 'answered 500'), false);
    vi.advanceTimersByTime(10_000);
    expect(await model()).toMatchObject({
      status: 'unhealthy',
      reason: 'm: answered 500',
      age_seconds: 10,
      last_success: success,
    });
    vi.useRealTimers();
  });

  it('calls a model unhealthy while its breaker is open', async () => {
    const { app, services } = await buildTestApp();
    const gate = services.catalogue.gates.get('embedded-extractive');
    for (let call = 0; call < 5; call += 1) gate?.tryAcquire()?.succeeded(1e9);
    const one = await app.inject('/health/llm?model=embedded-extractive');
    expect([one.statusCode, one.json()]).toMatchObject([
      503,
      { status: 'unhealthy', reason: 'its breaker is open', circuit_state: 'open' },
    ]);
    expect((await app.inject('/health/llm')).json()).toMatchObject({ status: 'degraded' });
    expect((await app.inject('/health/ready')).json()).toMatchObject({ status: 'degraded', checks: { llm: false } });
  });
});

describe('/health/deep', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-deep-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells cache, memory, event loop, disk and each dependency', async () => {
    const { app, as } = await buildTestApp({ env: { DATA_DIR: folder, MEMORY_CACHE_SIZE: '10' } });
    await as('acme').ask('q');
    await as('acme').ask('q');
    const deep = (await app.inject('/health/deep')).json<Record<string, unknown>>();

    const dependency = {
      healthy: true,
      kind: 'embedded',
      latency_ms: expect.any(Number) as number,
      age_seconds: expect.any(Number) as number,
      last_success: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    };
    const positive = expect.any(Number) as number;
    expect(deep).toEqual({
      status: 'healthy',
      uptime_seconds: positive,
      disk: { path: folder, free_bytes: positive, total_bytes: positive },
      memory: { rss_bytes: positive, heap_used_bytes: positive, heap_limit_bytes: positive },
      event_loop: { healthy: true, max_delay_ms: positive },
      cache: { size: 1, max_size: 10, utilization: 0.1, ttl_seconds: 600, hits: 1, misses: 1 },
      dependencies: {
        llm: { ...dependency, detail: 'embedded-extractive quotes the passages it finds' },
        vector_db: { ...dependency, detail: 'SQLite FTS5 (BM25), on disk' },
        embeddings: { ...dependency, detail: 'none: words are searched as they are' },
        cache: { ...dependency, detail: 'memory, 10 answers' },
      },
    });
  });

  it('says when its folder is gone: no disk, and no place for documents', async () => {
    const gone = mkdtempSync(join(tmpdir(), 'ballast-gone-'));
    const { app } = await buildTestApp({ env: { DATA_DIR: gone }, checkIntervalMs: 20 });
    const deep = async () => (await app.inject('/health/deep')).json<z.output<typeof deepHealthResponse>>();
    expect(await deep()).toMatchObject({ disk: { path: gone }, dependencies: { vector_db: { healthy: true } } });
    rmSync(gone, { recursive: true });
    await vi.waitUntil(async () => (await deep()).disk === null, 10_000);
    await vi.waitUntil(async () => !(await deep()).dependencies['vector_db']?.healthy, 10_000);
    expect((await deep()).dependencies['vector_db']?.reason).toBe('documents cannot be stored in DATA_DIR: ENOENT');
  });

  it('is degraded with the reason, and has no disk in memory', async () => {
    const { app } = await buildTestApp({ model: sick, env: { CACHE_ENABLED: 'false' } });
    expect((await app.inject('/health/deep')).json()).toMatchObject({
      status: 'degraded',
      disk: null,
      dependencies: {
        llm: { healthy: false, reason: 'the upstream answered 503', last_success: null },
        vector_db: { detail: 'SQLite FTS5 (BM25), in memory' },
        cache: { detail: 'off by CACHE_ENABLED' },
      },
    });
  });

  it('says what was not checked yet', async () => {
    const { app } = await buildTestApp({ start: false });
    expect((await app.inject('/health/deep')).json()).toMatchObject({
      dependencies: {
        vector_db: {
          healthy: false,
          reason: 'not checked yet',
          latency_ms: null,
          age_seconds: null,
          last_success: null,
        },
      },
    });
  });
});
